package front

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// A user names a message by ~ and a number: ~1 is the last one in the room, ~3
// the third last; or by ~ and the beginning of its id, as /history shows it.
// A lone ~ stands for the message that the command would take anyway, so that a
// text may begin with ~.
const (
	refDigits  = 6   // of an id, as shown
	longDigits = 16  // of an id, where it is no other message's
	minDigits  = 4   // of an id, as typed
	maxCounted = 999 // so that a count has less digits than an id

	refHelp = "A message is named by ~1 (the last), ~2 (the one before) and so on, or by its number as in /history: ~9f3c2a."
)

// How far back a message is looked for by the beginning of its id.
const (
	refPage  = 500
	refPages = 20
)

// cutRef splits what was typed into a reference, "" if there is none, and the rest.
func cutRef(args string) (ref, rest string) {
	if !strings.HasPrefix(args, "~") {
		return "", args
	}
	ref, rest = args, ""
	if i := strings.IndexAny(args, " \n"); i >= 0 {
		ref, rest = args[:i], strings.TrimSpace(args[i:])
	}
	if ref == "~" {
		ref = ""
	}
	return ref, rest
}

// refer finds the message that ref names; for "" the last one that fits. The
// error is for the user.
func refer(r Room, ref string, fits func(peer.Message) bool, none string) (peer.Message, error) {
	if ref == "" {
		return lastThat(r, fits, none)
	}
	name := strings.ToLower(strings.TrimPrefix(ref, "~"))
	if len(name) >= minDigits && strings.Trim(name, "0123456789abcdef") == "" {
		return byPrefix(r, name)
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || n > maxCounted {
		return peer.Message{}, fmt.Errorf("%s names no message. %s", text.Clip(ref, 40), refHelp)
	}
	list := r.History(n)
	if len(list) < n {
		return peer.Message{}, errors.New(only(len(list)))
	}
	return list[0], nil
}

// only says how few messages there are.
func only(n int) string {
	switch n {
	case 0:
		return "there are no messages here"
	case 1:
		return "there is only 1 message here"
	}
	return fmt.Sprintf("there are only %d messages here", n)
}

// Named finds the message that a user names as in /info, for "" the last one that
// has a text. The error is for the user.
func Named(r Room, ref string) (peer.Message, error) { return refer(r, ref, isAny, noAny) }

func lastThat(r Room, fits func(peer.Message) bool, none string) (peer.Message, error) {
	list := r.History(refPage)
	for i := len(list) - 1; i >= 0; i-- {
		if m := list[i]; m.Content == peer.Whole && fits(m) {
			return m, nil
		}
	}
	return peer.Message{}, fmt.Errorf("%s", none)
}

// byPrefix finds the one message whose id begins so.
func byPrefix(r Room, prefix string) (found peer.Message, err error) {
	if m, ok := r.View(prefix); ok {
		return m, nil
	}
	hits := 0
	page := r.History(refPage)
	for n := 1; len(page) > 0; n++ {
		for _, m := range page {
			if strings.HasPrefix(m.ID, prefix) {
				found = m
				hits++
			}
		}
		if hits > 0 || n == refPages {
			break
		}
		page = r.HistoryBefore(page[0].Order, refPage)
	}
	switch hits {
	case 0:
		return found, fmt.Errorf("no message ~%s here; /history shows the numbers", text.Clip(prefix, 40))
	case 1:
		return found, nil
	}
	return found, fmt.Errorf("%d messages begin with ~%s; type more of the number (/info shows all of it)", hits, text.Clip(prefix, 40))
}

func isOwn(m peer.Message) bool    { return m.Own }
func isOthers(m peer.Message) bool { return !m.Own }
func isAny(peer.Message) bool      { return true }
