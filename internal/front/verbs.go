package front

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gochat/internal/text"
	"gochat/peer"
)

const (
	noOwn    = "you have said nothing here that could be changed; name a message, as ~3 or by its number in /history"
	noOthers = "nobody else has said anything here yet; name a message, as ~3 or by its number in /history"
	noAny    = "there are no messages here yet"
)

func reply(c call) Result {
	ref, body := cutRef(c.args)
	if body == "" {
		return failed("usage: /reply text, or /reply ~3 text")
	}
	to, err := refer(c.room, ref, isOthers, noOthers)
	if err != nil {
		return failed("not sent: " + err.Error())
	}
	id, err := c.room.Reply(to.ID, peer.Text, body)
	if err != nil {
		return failed("not sent: " + err.Error())
	}
	return Result{Sent: id}
}

func expire(c call) Result {
	const usage = "usage: /expire 10m text; 30s, 10m, 12h and 7d are times"
	when, body, _ := strings.Cut(c.args, " ")
	life, err := time.ParseDuration(when)
	if days, is := strings.CutSuffix(when, "d"); is {
		var n uint64
		if n, err = strconv.ParseUint(days, 10, 16); err == nil {
			life = time.Duration(n) * 24 * time.Hour
		}
	}
	if err != nil || strings.TrimSpace(body) == "" {
		return failed(usage)
	}
	id, err := c.room.SendFor(life, peer.Text, strings.TrimSpace(body))
	if err != nil {
		return failed("not sent: " + err.Error())
	}
	return Result{Sent: id}
}

func edit(c call) Result {
	ref, body := cutRef(c.args)
	m, err := refer(c.room, ref, isOwn, noOwn)
	if err == nil && body == "" {
		return rewrite(m)
	}
	if err == nil {
		_, err = c.room.Edit(m.ID, body)
	}
	if err != nil {
		return failed("not edited: " + err.Error())
	}
	return Result{}
}

// rewrite offers a message to be changed. The long number is this message's
// alone, whatever comes meanwhile.
func rewrite(m peer.Message) Result {
	r := failed("usage: /edit text, or /edit ~3 text; /delete deletes a message")
	if m.Own && Missing(m) == "" {
		r.Draft = "/edit " + LongRef(m.ID) + " " + m.Text
	}
	return r
}

func remove(c call) Result {
	if strings.ContainsAny(c.args, " \n") {
		return failed("usage: /delete, or /delete ~3")
	}
	m, err := refer(c.room, strings.TrimPrefix(c.args, "~"), isOwn, noOwn)
	if err == nil {
		_, err = c.room.Delete(m.ID)
	}
	if err != nil {
		return failed("not deleted: " + err.Error())
	}
	return Result{}
}

func react(c call) Result {
	words := strings.Fields(c.args)
	if len(words) == 0 || len(words) > 2 {
		return failed("usage: /react 👍, or /react ~3 👍; names as +1, heart, joy, tada or :eyes: will do, too")
	}
	ref := ""
	if len(words) == 2 {
		ref = strings.TrimPrefix(words[0], "~")
	}
	emoji := words[len(words)-1]
	if e, ok := text.Emoji(strings.Trim(emoji, ":")); ok {
		emoji = e
	}
	m, err := refer(c.room, ref, isOthers, noOthers)
	if err == nil {
		again := slices.ContainsFunc(m.Reactions, func(x peer.Reaction) bool { return x.Emoji == emoji && x.Own })
		_, err = c.room.React(m.ID, emoji, again)
	}
	if err != nil {
		return failed("no reaction: " + err.Error())
	}
	return Result{}
}

func same(c call) Result {
	t := c.room.Compare()
	lines := []string{fmt.Sprintf("you hold %s with the digest %s", count(t.Records, "record"), groups(t.Digest[:min(16, len(t.Digest))]))}
	if t.Asked == 0 {
		lines = append(lines, "nobody is connected who could compare")
	} else {
		lines = append(lines, fmt.Sprintf("asking %s whether they have the same …", count(t.Asked, "member")))
	}
	return Result{Lines: lines, About: c.room.Name()}
}

// groups sets digits apart, so that they can be read aloud.
func groups(digits string) string {
	var out []string
	for ; len(digits) > 4; digits = digits[4:] {
		out = append(out, digits[:4])
	}
	return strings.Join(append(out, digits), " ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// What /history shows.
const (
	shownHistory = 20
	maxHistory   = 1000
)

func history(c call) Result {
	words := strings.Fields(c.args)
	n := shownHistory
	if len(words) > 0 && !strings.HasPrefix(words[0], "~") {
		var err error
		if n, err = strconv.Atoi(words[0]); err != nil || n < 1 || n > maxHistory {
			return failed(fmt.Sprintf("usage: /history, /history 50 (at most %d), or /history 50 ~9f3c2a for those before a message", maxHistory))
		}
		words = words[1:]
	}
	list := []peer.Message(nil)
	if len(words) == 0 {
		list = c.room.History(n)
	} else {
		m, err := refer(c.room, words[0], isAny, noAny)
		if err != nil {
			return failed(err.Error())
		}
		list = c.room.HistoryBefore(m.Order, n)
	}
	if len(list) == 0 {
		return Result{Lines: []string{"there are no messages there"}, About: c.room.Name()}
	}
	return numbered(c.room, list)
}

func search(c call) Result {
	list, err := c.room.Search(c.args, shownHistory)
	switch {
	case err != nil:
		return failed(err.Error())
	case len(list) == 0:
		return Result{Lines: []string{"nothing said here has all these words"}, About: c.room.Name()}
	}
	return numbered(c.room, list)
}

// numbered lists messages with the numbers by which commands name them.
func numbered(r Room, list []peer.Message) Result {
	var lines []string
	for _, m := range list {
		lines = append(lines, Ref(m.ID)+" "+MessageLines(m, Quote(m, r.View)))
	}
	return Result{Lines: lines, About: r.Name()}
}
