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
	Help string // in short, for the list of all
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
		{"/help", "[command]", "list the commands, or explain one", quick, help},
		{"/nick", "name", "change your nick, in all rooms", quick, nick},
		{"/me", "text", "say what you do: /me waves", whenRead, inRoom(me)},
		{"/expire", "time text", "say something that disappears after a time", whenRead, inRoom(expire)},
		{"/reply", "[message] text", "answer the last message of others, or one you name", whenRead, inRoom(reply)},
		{"/edit", "[message] [text]", "change your last message, or one you name", whenRead, inRoom(edit)},
		{"/delete", "[message]", "delete your last message, or one you name", whenRead, inRoom(remove)},
		{"/react", "[message] emoji", "react with 👍, or +1; again takes it back", whenRead, inRoom(react)},
		{"/history", "[count] [message]", "show messages, with their numbers", quick, inRoom(history)},
		{"/search", "words", "find messages that have all these words", whenRead, inRoom(search)},
		{"/info", "[message]", "who has a message, and who has not and why", quick, inRoom(info)},
		{"/same", "", "ask whether all here have the same messages as you", whenRead, inRoom(same)},
		{"/peers", "", "who is here, and how they are reached", quick, inRoom(peers)},
		{"/who", "", "the same as /peers", quick, inRoom(peers)},
		{"/verify", "nick", "words to compare with somebody by voice", quick, verify},
		{"/verified", "nick", "remember that the words were the same", quick, verified},
		{"/unverify", "nick", "take /verified back", quick, unverify},
		{"/ignore", "[nick or ~message]", "hear nothing of somebody any more", quick, ignore},
		{"/unignore", "nick", "hear of somebody again", quick, unignore},
		{"/ignored", "", "whom you ignore", quick, ignored},
		{"/requests", "[nick]", "who has begun conversations that are not listed", quick, requests},
		{"/mute", "[--all] [room]", "count as new only what names you", quick, mute},
		{"/unmute", "[room]", "count what is said in a room again", quick, unmute},
		{"/away", "[text]", "tell everybody that you are away, and why", quick, away},
		{"/back", "", "tell everybody that you are back", quick, back},
		{"/exposed", "", "what bootnode, relay and members know about you", quick, exposed},
		{"/doctor", "", "what your network does, and what to do about it", quick, doctor},
		{"/whois", "[nick or key]", "key, path and trust of somebody", quick, whois},
		{"/msg", "nick[,nick...] [text]", "write to named people alone", slow, msg},
		{"/invite", "", "one line with which a friend joins this room", quick, inRoom(invite)},
		{"/bell", "[off, mention or all]", "what calls you while you look elsewhere", quick, inRoom(bell)},
		{"/typing", "[both, send, receive or off]", "who learns that somebody is typing", quick, typing},
		{"/theme", "[auto, dark, light or mono]", "colours of the full screen", quick, theme},
		{"/rooms", "", "the rooms you are in", quick, rooms},
		{"/room", "name", "have another of your rooms in front", quick, toRoom},
		{"/join", "[--secret-file file] name", "enter one more room", slow, join},
		{"/part", "[name]", "leave a room", slow, part},
		{"/detach", "", "leave this screen; gochat goes on", quick, detach},
		{"/quit", "", "leave all rooms and end gochat", quick, quit},
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
