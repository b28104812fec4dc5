package front

import (
	"errors"
	"strings"
)

// Invitation is an invite to a room, and what is to be known of it.
type Invitation struct {
	Room    string
	Line    string // gochat:…
	Private bool   // it holds the room's secret
	Reach   Reach
	// Near is the bootnode that keeps Reach from being ReachAnywhere; "": none
	// was named.
	Near string
	// Unpinned are the bootnodes whose keys are not known.
	Unpinned []string
	// Tokenless: we are at a bootnode by a token, and there is none for the friend.
	Tokenless bool
	// Profile is the option that has another process make the same invite, with a
	// blank before it; "": it needs none.
	Profile string
}

// Reach is from where one can join by an invite.
type Reach int

// The reaches, the farthest first.
const (
	ReachAnywhere Reach = iota
	ReachNetwork
	ReachMachine
)

// String is the word of the JSON front.
func (r Reach) String() string {
	return [...]string{"anywhere", "network", "machine"}[r]
}

// ErrNoInvite says that there are no invites to a conversation.
var ErrNoInvite = errors.New("nobody is invited into a conversation: its people are those it began with; /msg nick,nick begins another one")

// invite shows what a friend needs to join the room in front.
func invite(c call) Result {
	if c.args != "" && c.args != "--qr" {
		return failed("usage: /invite; gochat invite --qr shows a QR code, in another terminal")
	}
	v, err := c.sess.Invite(c.room)
	if err != nil {
		return failed(err.Error())
	}
	elsewhere := "gochat invite --room " + ShellWord(c.room.Name()) + v.Profile
	if c.args == "--qr" {
		return failed("a QR code takes a screen of its own: " + elsewhere + " --qr shows it in another terminal")
	}
	lines := append([]string{"A friend joins " + v.Room + " with:", "  " + v.Command()}, v.Words()...)
	return Result{Lines: append(lines, elsewhere+" prints it in another terminal, where it can be copied; --qr is for a camera."), About: c.room.Name()}
}

// Command is what the friend runs. Quoted, it may be wrapped.
func (v Invitation) Command() string { return "gochat join '" + v.Line + "'" }

// Words say how far an invite reaches, and what it gives away.
func (v Invitation) Words() (lines []string) {
	if s := v.limits(); s != "" {
		lines = append(lines, s)
	}
	if v.Private {
		lines = append(lines, "It holds the room's secret: whoever has this line can join and read the room. Send it by a way you trust.")
	} else {
		lines = append(lines, "Whoever has this line, or knows the room's name, can join and read the room.")
	}
	if len(v.Unpinned) > 0 {
		lines = append(lines, "It does not name the key of "+strings.Join(v.Unpinned, ", ")+", which is not known here yet; made after that bootnode has answered once, it does.")
	}
	if v.Tokenless {
		lines = append(lines, "The bootnode takes only those it invited: have its operator make a token for your friend, and add it by gochat invite --guest-token.")
	}
	return lines
}

// limits says where the invite does not work; "" if nowhere.
func (v Invitation) limits() string {
	switch {
	case v.Reach == ReachMachine:
		return "It works on this machine only, as " + v.Near + " is an address of this machine; name the bootnode by one that others reach."
	case v.Reach == ReachNetwork && v.Near != "":
		return "It works in this network only, as " + v.Near + " is an address of it."
	case v.Reach == ReachNetwork:
		return "It works on this machine and network only; for friends elsewhere start gochat with a bootnode that both reach: --bootnode HOST:PORT."
	}
	return ""
}
