package config

import (
	"cmp"
	"errors"
	"io"
	"strings"

	"gochat/crypto"
	"gochat/internal/invite"
)

// Invited is what an invite says beyond the settings it stands for.
type Invited struct {
	Room    string
	Inviter crypto.PublicKey // zero: nobody is named
	Nick    string           // of the inviter, a claim, not cleaned; "" if it is not told
	// Keys are those that the bootnodes must have, by address.
	Keys map[string][32]byte
}

// inviteOptions are those of the commands invite and join.
var inviteOptions = []Option{
	{
		Name: "qr", Default: "false", Use: ForCommands, Of: []Command{Invite},
		Help:    "shows the invite as a QR code, too, for a phone's camera",
		Allowed: "true, false",
		set:     boolean(func(c *Config) *bool { return &c.QR }),
		text:    func(c *Config) string { return showBool(c.QR) },
	}, {
		Name: "out", Arg: "FILE", Use: ForCommands, Of: []Command{Invite},
		Help:    "writes the invite to a file that only you can read, instead of to standard output",
		Allowed: "a file that can be written",
		set:     path(func(c *Config) *string { return &c.Out }),
	}, {
		Name: "guest-token", Arg: "TOKEN", Secret: true, Use: ForCommands, Of: []Command{Invite},
		Help:    "a token for the friend, made by the operator of a bootnode that takes only those it invited; it becomes part of the invite",
		Allowed: tokensAllowed,
		set:     token(func(c *Config) *string { return &c.GuestToken }),
	}, {
		Name: "invite-file", Arg: "FILE", Use: ForCommands, Of: []Command{Join},
		Help:    "reads the invite from a file; given as an argument, other users of this machine can see it in the process list",
		Allowed: "a readable file with an invite in it",
		set:     path(func(c *Config) *string { return &c.inviteFile }),
	},
}

func showBool(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// LoadJoin is Load for the command join, which finds in an invite what else is
// given by options. A flag wins over the invite, and the invite over variables:
// those are made for rooms of one's own. stdin is read for "-", one line of it.
func LoadJoin(args []string, environ []string, dotenv string, stdin io.Reader) (Config, error) {
	return loadWith(Join, args, environ, dotenv, readBounded, stdin)
}

// wholeLine is what is allowed.
const wholeLine = "the whole line that gochat invite printed, in quotes if it was wrapped; - to read it from standard input; or --invite-file FILE"

// readInvite finds the invite and reads it. What it holds is never part of an
// error: it may be a secret.
func (in *inputs) readInvite(stdin io.Reader) error {
	line, err := in.inviteText(stdin)
	if err != nil {
		return err
	}
	v, err := invite.Parse(line)
	if err != nil {
		return noInvite(err)
	}
	in.invited = &v
	// A variable's token is for the bootnodes of variables: others get no proof of it.
	in.invitedBy = map[string][]string{"room": {v.Room}, "bootnode": nil, "bootnode-key": nil, "bootnode-token": nil, "secret": nil, "secret-file": nil}
	for _, b := range v.Bootnodes {
		in.invitedBy["bootnode"] = append(in.invitedBy["bootnode"], b.Address)
	}
	if v.Token != "" {
		in.invitedBy["bootnode-token"] = []string{v.Token}
	}
	// Rooms of flags are joined besides: an invite is for its own.
	if g, ok := in.flags["room"]; ok {
		in.invitedBy["room"] = append(in.invitedBy["room"], g.values...)
		delete(in.flags, "room")
	}
	return nil
}

func noInvite(err error) error {
	e := &Error{Option: "invite", Source: Source{Kind: Flag}, Problem: err.Error(), Allowed: wholeLine}
	if errors.Is(err, invite.ErrUnsound) || errors.Is(err, invite.ErrNewer) {
		e.Allowed = "" // it is whole
	}
	return e
}

// inviteText is the argument, a line of standard input, or a file.
func (in *inputs) inviteText(stdin io.Reader) (line string, err error) {
	file := ""
	if g := in.flags["invite-file"]; len(g.values) > 0 {
		file = strings.TrimSpace(g.values[0])
	}
	switch {
	case file == "" && len(in.args) == 0:
		return "", noInvite(errors.New("there is none"))
	case file != "" && len(in.args) > 0:
		return "", noInvite(errors.New("it is given twice, as an argument and as --invite-file"))
	case file != "":
		b, err := readBounded(file, invite.MaxText)
		if err != nil {
			return "", &Error{Option: "--invite-file", Source: Source{Flag, "invite-file"}, Value: file,
				Problem: "cannot be read: " + cause(err), Allowed: "a readable file with an invite in it"}
		}
		if w := warnReadable("invite", file); w != "" {
			in.warnings = append(in.warnings, w)
		}
		return string(b), nil
	case in.args[0] != "-":
		return strings.Join(in.args, " "), nil // of a line that was wrapped
	case stdin == nil:
		return "", noInvite(errors.New("standard input cannot be read"))
	}
	if line, err = readLine(stdin, invite.MaxText); err != nil {
		return "", noInvite(errors.New("standard input cannot be read: " + cause(err)))
	}
	return line, nil
}

// readLine reads up to the end of a line that is not empty and not a byte
// further: what follows is for the front.
func readLine(r io.Reader, limit int) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) <= limit {
		n, err := r.Read(one)
		if n > 0 && one[0] == '\n' && len(strings.TrimSpace(string(line))) > 0 {
			break
		}
		line = append(line, one[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return string(line), nil
}

// takeInvite notes what the invite says beyond the settings.
func (c *Config) takeInvite(in inputs) {
	v := in.invited
	c.Invited = &Invited{Room: v.Room, Inviter: v.Inviter, Nick: v.Nick, Keys: map[string][32]byte{}}
	for _, b := range v.Bootnodes {
		if addr, err := parseBootnode(b.Address); err == nil && b.Key != (crypto.RunPublic{}) {
			c.Invited.Keys[fillPorts([]string{addr}, c.BootnodePort)[0]] = b.Key
		}
	}
	if len(c.Rooms) > 0 {
		c.Rooms[0].Secret = cmp.Or(c.Rooms[0].Secret, v.Secret)
	}
	if v.Secret != "" && len(in.args) > 0 && in.args[0] != "-" {
		c.Warnings = append(c.Warnings, "the invite holds the secret of "+v.Room+", and the process list shows it to other users of this machine; "+
			"gochat join - reads it from standard input, --invite-file from a file")
	}
}
