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
	run  func(sess Session, args string) Result
}

// Result is what an input line led to.
type Result struct {
	Lines  []string // for the user, cleaned
	Failed bool     // Lines tell what went wrong
	Quit   bool     // the user wants to leave
	Sent   string   // id of the message sent, "" if none was
}

var commands []Command

// Filled here, since /help reads the table it is in.
func init() {
	commands = []Command{
		{"/help", "[command]", "list the commands", help},
		{"/nick", "name", "change your nick", nick},
		{"/me", "text", "say what you do: /me waves", me},
		{"/peers", "", "who is here, and how they are reached", peers},
		{"/whois", "[nick or key]", "key, path and trust of somebody, or your own key", whois},
		{"/quit", "", "leave the room and end gochat", quit},
	}
}

// Commands lists the slash commands in the order of /help.
func Commands() []Command { return commands }

// Execute does what the user typed: a slash command, or a message, which may
// have several lines. Two slashes at the beginning send a message with one.
func Execute(sess Session, input string) Result {
	input = text.Clean(input, math.MaxInt)
	if !strings.HasPrefix(input, "/") {
		return send(sess, peer.Text, input)
	}
	if strings.HasPrefix(input, "//") {
		return send(sess, peer.Text, input[1:])
	}
	name, args := input, ""
	if i := strings.IndexAny(input, " \n"); i >= 0 {
		name, args = input[:i], strings.TrimSpace(input[i:])
	}
	for _, c := range commands {
		if strings.EqualFold(c.Name, name) {
			return c.run(sess, args)
		}
	}
	return failed(unknown(name))
}

func failed(lines ...string) Result { return Result{Lines: lines, Failed: true} }

func send(sess Session, kind peer.Kind, body string) Result {
	id, err := sess.Send(kind, body)
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

func help(_ Session, args string) Result {
	var lines []string
	for _, c := range commands {
		if args == "" || strings.TrimPrefix(args, "/") == c.Name[1:] {
			lines = append(lines, fmt.Sprintf("%-22s %s", strings.TrimSpace(c.Name+" "+c.Args), c.Help))
		}
	}
	if len(lines) == 0 {
		return failed(unknown("/" + strings.TrimPrefix(args, "/")))
	}
	if args == "" {
		lines = append(lines, "Anything else is a message; two slashes at its beginning send one.")
	}
	return Result{Lines: lines}
}

func nick(sess Session, args string) Result {
	if args == "" {
		return Result{Lines: []string{"you are " + Handle(sess.Nick(), sess.Key(), false) + "; /nick name changes it"}}
	}
	if err := sess.SetNick(args); err != nil {
		return failed("nick not changed: " + err.Error())
	}
	return Result{Lines: []string{"you are now " + Handle(sess.Nick(), sess.Key(), false)}}
}

func me(sess Session, args string) Result {
	if args == "" {
		return failed("usage: /me text, as in /me waves")
	}
	return send(sess, peer.Action, args)
}

func peers(sess Session, _ string) Result { return Result{Lines: Peers(sess.Members())} }

func quit(Session, string) Result { return Result{Quit: true} }

// whois shows everybody a name fits: it never selects anyone, so a suffix or
// a part of a key is good enough.
func whois(sess Session, args string) Result {
	if args == "" {
		return Result{Lines: []string{
			"you are " + Handle(sess.Nick(), sess.Key(), false),
			"  key      " + sess.Key().String(),
		}}
	}
	var lines []string
	wanted := text.Fold(strings.TrimPrefix(args, "@"))
	for _, m := range sess.Members() {
		if wanted == text.Fold(m.Nick) || wanted == text.Fold(Handle(m.Nick, m.Key, false)) ||
			wanted == text.Fold("#"+m.Key.Suffix()) || strings.EqualFold(args, m.Key.String()) {
			lines = append(lines, Whois(m)...)
		}
	}
	if lines == nil {
		return failed(fmt.Sprintf("nobody here is called %s; /peers lists who is", text.Clip(args, 60)))
	}
	return Result{Lines: lines}
}
