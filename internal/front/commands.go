package front

import (
	"fmt"
	"math"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// Command is one slash command. The table below is its documentation too.
type Command struct {
	Name string // with the slash
	Args string // as in usage
	Help string
	pace pace
	run  func(call) Result
}

// pace is how long a command may take.
type pace int

const (
	quick    pace = iota
	whenRead      // quick once the room in front is read
	slow
)

// call is what a command is to be done with.
type call struct {
	sess Session
	room Room // in front; nil: none
	args string
}

// Result is what an input line led to.
type Result struct {
	Lines  []string // for the user, cleaned
	About  string   // the room that Lines are about; "": the process
	Failed bool     // Lines tell what went wrong
	Quit   bool     // the user wants to leave
	Sent   string   // id of the message sent, "" if none was
	Theme  string   // the colours to use from now on; "": as before
	Room   string   // the room to have in front from now on; "": as before
	// Draft is what the user is to go on typing, where what was typed can be
	// changed; Lines then say what to type instead.
	Draft string
}

var commands []Command

// Filled here, since /help reads the table it is in.
func init() {
	commands = []Command{
		{"/help", "[command]", "list the commands", quick, help},
		{"/nick", "name", "change your nick, in all rooms", quick, nick},
		{"/me", "text", "say what you do: /me waves", whenRead, inRoom(me)},
		{"/expire", "time text", "say something whose text goes everywhere after a time: /expire 10m see you at the gate", whenRead, inRoom(expire)},
		{"/reply", "[message] text", "answer a message: the last of somebody else, or one you name", whenRead, inRoom(reply)},
		{"/edit", "[message] [text]", "change a message of yours, the last or one you name", whenRead, inRoom(edit)},
		{"/delete", "[message]", "delete a message of yours, the last or one you name, for everybody", whenRead, inRoom(remove)},
		{"/react", "[message] emoji", "react to a message: /react 👍 or /react +1; again takes it back", whenRead, inRoom(react)},
		{"/history", "[count] [message]", "show messages with their numbers; those before the one you name", quick, inRoom(history)},
		{"/search", "words", "messages that have all these words, with their numbers; \"words in quotes\" stand together", whenRead, inRoom(search)},
		{"/info", "[message]", "what became of a message: who has it, and who has not and why", quick, inRoom(info)},
		{"/same", "", "ask everybody here whether they have the same messages as you", whenRead, inRoom(same)},
		{"/peers", "", "who is here, and how they are reached", quick, inRoom(peers)},
		{"/who", "", "the same as /peers", quick, inRoom(peers)},
		{"/verify", "nick", "words to compare with somebody by voice: the same on both screens if nobody is in between", quick, verify},
		{"/verified", "nick", "remember that you compared the words", quick, verified},
		{"/unverify", "nick", "forget it", quick, unverify},
		{"/ignore", "[nick or ~message]", "hear nothing of somebody any more, in any room; alone: whom you ignore", quick, ignore},
		{"/unignore", "nick", "hear of somebody again, with all that was said meanwhile", quick, unignore},
		{"/ignored", "", "whom you ignore", quick, ignored},
		{"/requests", "[nick]", "who has begun more conversations with you than are listed; list those of one, too", quick, requests},
		{"/mute", "[--all] [room]", "count nothing of a room as new but what names you (--all: nothing at all)", quick, mute},
		{"/unmute", "[room]", "count what is said in a room again", quick, unmute},
		{"/away", "[text]", "tell everybody that you are away from the keyboard, and why", quick, away},
		{"/back", "", "tell everybody that you are back", quick, back},
		{"/exposed", "", "what the bootnode, the relay and each member know about you", quick, exposed},
		{"/doctor", "", "what your network does, what that means for reaching others, and what to do", quick, doctor},
		{"/whois", "[nick or key]", "key, path and trust of somebody, or your own key", quick, whois},
		{"/msg", "nick[,nick...] [text]", "write to named people alone: by nick, nick#suffix or key", slow, msg},
		{"/invite", "", "one line with which a friend joins this room", quick, inRoom(invite)},
		{"/bell", "[off, mention or all]", "what this room calls you for while you look elsewhere", quick, inRoom(bell)},
		{"/typing", "[both, send, receive or off]", "who learns that somebody is writing: others of you, you of others", quick, typing},
		{"/theme", "[auto, dark, light or mono]", "colours of the full screen", quick, theme},
		{"/rooms", "", "the rooms you are in", quick, rooms},
		{"/room", "name", "have another of your rooms in front", quick, toRoom},
		{"/join", "[--secret-file file] name", "enter one room more; /join gochat:... by an invite", slow, join},
		{"/part", "[name]", "leave a room", slow, part},
		{"/detach", "", "leave this screen; gochat goes on in the background (see gochat --detach)", quick, detach},
		{"/quit", "", "leave all rooms and end gochat, also in the background", quick, quit},
	}
}

// Commands lists the slash commands in the order of /help.
func Commands() []Command { return commands }

// Execute does what the user typed: a slash command, or a message to room (nil:
// none is in front), which may have several lines. Two slashes at the
// beginning send a message with one.
func Execute(sess Session, room Room, input string) Result {
	input = text.Clean(input, math.MaxInt)
	c := call{sess: sess, room: room}
	command, name, args, ok := parse(input)
	switch {
	case command != nil:
		c.args = args
		return command.run(c)
	case !ok:
		return failed(unknown(name))
	}
	c.args = strings.TrimPrefix(input, "/")
	return inRoom(say)(c)
}

// Slow reports whether Execute may take a while over the input.
func Slow(input string) bool {
	command, _, _, _ := parse(input)
	return command != nil && command.pace == slow
}

// Waits reports whether Execute waits until the room in front is read.
func Waits(input string) bool {
	command, _, _, ok := parse(input)
	return ok && (command == nil || command.pace == whenRead)
}

// parse finds the command of an input line. ok is false if it has the form of
// one that there is not.
func parse(input string) (command *Command, name, args string, ok bool) {
	if !strings.HasPrefix(input, "/") || strings.HasPrefix(input, "//") {
		return nil, "", "", true
	}
	name = input
	if i := strings.IndexAny(input, " \n"); i >= 0 {
		name, args = input[:i], strings.TrimSpace(input[i:])
	}
	for i := range commands {
		if strings.EqualFold(commands[i].Name, name) {
			return &commands[i], name, args, true
		}
	}
	return nil, name, args, false
}

// inRoom makes a command of one that needs a room.
func inRoom(run func(call) Result) func(call) Result {
	return func(c call) Result {
		if c.room == nil {
			return failed("you are in no room; /join name enters one")
		}
		return run(c)
	}
}

func failed(lines ...string) Result { return Result{Lines: lines, Failed: true} }

func say(c call) Result { return send(c, peer.Text) }

func send(c call, kind peer.Kind) Result {
	id, err := c.room.Send(kind, c.args)
	if err != nil {
		return failed("not sent: " + err.Error())
	}
	return Result{Sent: id}
}

func unknown(name string) string {
	name = text.Clip(name, 40)
	advice := "/help lists the commands"
	if c, ok := closest(name); ok {
		advice = "did you mean " + c + "?"
	}
	return fmt.Sprintf("no command %s: %s To send a line that begins with a slash, type two: /%s", name, sentence(advice), name)
}

func sentence(s string) string {
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// closest finds the command with the fewest edits to name, at most two, or
// that name is the beginning of.
func closest(name string) (string, bool) {
	best, found := min(3, len(name)-1), "" // of a short name too little would be left
	for _, c := range commands {
		d := edits(strings.ToLower(name), c.Name)
		if len(name) > 1 && strings.HasPrefix(c.Name, strings.ToLower(name)) {
			d = 0
		}
		if d < best {
			best, found = d, c.Name
		}
	}
	return found, found != ""
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// HelpNotes is what there is to know besides the commands.
func HelpNotes() []string {
	return []string{"Anything else is a message; two slashes at its beginning send one.", refHelp}
}

func help(c call) Result {
	var lines []string
	for _, x := range commands {
		if c.args == "" || strings.TrimPrefix(c.args, "/") == x.Name[1:] {
			lines = append(lines, fmt.Sprintf("%-32s %s", strings.TrimSpace(x.Name+" "+x.Args), x.Help))
		}
	}
	if len(lines) == 0 {
		return failed(unknown("/" + strings.TrimPrefix(c.args, "/")))
	}
	if c.args == "" {
		lines = append(lines, HelpNotes()...)
	}
	return Result{Lines: lines}
}

func nick(c call) Result {
	if c.args == "" {
		return Result{Lines: []string{"you are " + Self(c.sess) + "; /nick name changes it"}}
	}
	kept, err := c.sess.SetNick(c.args)
	if err != nil {
		return failed("nick not changed: " + err.Error())
	}
	until := "until gochat ends"
	if kept {
		until = "kept for this profile"
	}
	return Result{Lines: []string{"you are now " + Self(c.sess) + "; " + until}}
}

func me(c call) Result {
	if c.args == "" {
		return failed("usage: /me text, as in /me waves")
	}
	return send(c, peer.Action)
}

func peers(c call) Result { return Result{Lines: Peers(c.room.Members()), About: c.room.Name()} }

func quit(c call) Result {
	if shared, ok := c.sess.(Shared); ok {
		shared.StopAll()
	}
	return Result{Quit: true}
}

// detach leaves a session that goes on without this front.
func detach(c call) Result {
	if _, ok := c.sess.(Shared); !ok {
		return failed("this gochat belongs to this terminal and ends with it; one begun with gochat --detach goes on, and gochat attach shows it anywhere")
	}
	return Result{Quit: true}
}

// whois shows everybody a name fits: it never selects anyone, so a suffix or
// a part of a key is good enough.
func whois(c call) Result {
	if c.args == "" {
		lines := []string{
			"you are " + Self(c.sess),
			"  key      " + c.sess.Key().String(),
		}
		if s := AwayWords(c.sess.Away()); s != "" {
			lines = append(lines, "  status   "+s)
		}
		return Result{Lines: lines}
	}
	return inRoom(whoIsHere)(c)
}

func whoIsHere(c call) Result {
	var lines []string
	wanted := text.Fold(strings.TrimPrefix(c.args, "@"))
	for _, m := range c.room.Members() {
		if wanted == text.Fold(m.Nick) || wanted == text.Fold(Handle(m.Nick, m.Key, false)) ||
			wanted == text.Fold("#"+m.Key.Suffix()) || strings.EqualFold(c.args, m.Key.String()) {
			lines = append(lines, Whois(m)...)
		}
	}
	if lines == nil {
		return failed(fmt.Sprintf("nobody here is called %s; /peers lists who is", text.Clip(c.args, 60)))
	}
	return Result{Lines: lines, About: c.room.Name()}
}
