package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/hub"
	"gochat/internal/invite"
	"gochat/peer"
)

// runInvite prints an invite to a room: the one of the gochat that has the data
// directory, or what the settings say if none has.
func runInvite(ctx context.Context, cfg config.Config, env Env) error {
	v, tokenless, err := findInvite(ctx, cfg, env)
	if err != nil {
		return err
	}
	if cfg.GuestToken != "" {
		v.Token, tokenless = cfg.GuestToken, false
	}
	shown := describe(v, tokenless)
	if shown.Line == "" {
		return errors.New("no invite can hold all that: fewer bootnodes, or a shorter secret")
	}
	line := shown.Line + "\n"
	if cfg.UI == config.JSON {
		b, err := json.Marshal(shownInvite{shown.Line, shown.Room, shown.Private, shown.Reach.String()})
		if err != nil {
			return err
		}
		line = string(b) + "\n"
	}
	how := []string{"A friend joins " + shown.Room + " with: gochat join, and this line behind it."}
	if cfg.Out != "" {
		how[0] = "The invite is in " + cfg.Out + ". A friend joins " + shown.Room + " with: gochat join --invite-file " + cfg.Out
	}
	how = append(how, shown.Words()...)
	lacks := ""
	if cfg.QR {
		var drawing string
		drawing, lacks, err = qrCode(shown.Line, cfg.Out == "", env)
		if err != nil {
			return err
		}
		line += drawing
	}
	var end []string
	if lacks != "" { // before the code, and where it is in sight
		how, end = append(how, lacks), []string{lacks}
	}
	if cfg.UI == config.JSON {
		how, end = nil, nil
	}
	tell := func() error { return told(env, how) }
	print := func() error { return printInvite(cfg, env, line) }
	if cfg.QR && cfg.Out == "" { // what is said first scrolls out, and the code must not
		return inTurn(tell, print, func() error { return told(env, end) })
	}
	return inTurn(print, tell)
}

// shownInvite is what gochat invite --json prints.
type shownInvite struct {
	Invite  string `json:"invite"`
	Room    string `json:"room"`
	Private bool   `json:"private"`
	Reach   string `json:"reach"`
}

func writeInvite(cfg config.Config, text string) error {
	out, err := outputFile(cfg.Out, cfg.Force)
	if err != nil {
		return err
	}
	return out.write(func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// inviteFor is how long a running gochat may take to answer.
const inviteFor = 10 * time.Second

// findInvite asks the running gochat, or makes the invite here.
func findInvite(ctx context.Context, cfg config.Config, env Env) (v invite.Invite, tokenless bool, err error) {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return v, false, err
	}
	if len(cfg.Rooms) > 1 {
		_, err := oneRoom(cfg)
		return v, false, err
	}
	c, err := hub.Dial(dir)
	if err != nil { // none runs there
		return inviteHere(cfg, env)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	for _, name := range []string{"bootnode", "bootnode-key", "nick", "secret", "secret-file"} {
		if cfg.Source(name).Kind == config.Flag {
			fmt.Fprintf(env.Err, "gochat: --%s has no effect: the gochat that runs with %s says what is in the invite\n", name, dir)
		}
	}
	_ = c.SetDeadline(time.Now().Add(inviteFor))
	cmd := hub.Command{Cmd: "invite"}
	if len(cfg.Rooms) == 1 {
		cmd.Room = cfg.Rooms[0].Name
	}
	a, err := c.Do(cmd)
	switch {
	case err != nil:
		return v, false, err
	case a.Code() == "unknown_room":
		return v, false, fmt.Errorf("the gochat that runs with %s is not in the room %s; join it there (/join %s), or choose another --data-dir", dir, cmd.Room, cmd.Room)
	case a.Err() != nil:
		return v, false, a.Err()
	}
	v, err = invite.Parse(a.Invite)
	return v, a.Tokenless, err
}

// inviteHere makes an invite of the settings.
func inviteHere(cfg config.Config, env Env) (v invite.Invite, tokenless bool, err error) {
	room, err := oneRoom(cfg)
	if err != nil {
		return v, false, err
	}
	if room.Secret == "" {
		if r, err := openReading(cfg, env); err == nil {
			r.close()
			if r.keys == nil {
				return v, false, fmt.Errorf("the room %s is private here, and an invite to it holds its secret: give it with --secret-file, or run gochat invite while gochat is in the room", room.Name)
			}
		}
	}
	p, err := openProfile(cfg, env)
	if err != nil {
		return v, false, err
	}
	defer p.Close()
	c := client{cfg: cfg, profile: p}
	key := p.Identity().Public()
	nick := cfg.Nick
	if nick == "" {
		nick = p.OwnNick()
	}
	if nick == "" {
		nick = key.Nickname()
	}
	return c.invite(room.Name, room.Secret, key, nick), cfg.BootnodeToken != "", nil
}

// invite is the one of a room.
func (c *client) invite(room, secret string, key crypto.PublicKey, nick string) invite.Invite {
	v := invite.Invite{Room: room, Secret: secret, Inviter: key, Nick: nick}
	for _, b := range c.bootnodes() {
		if len(v.Bootnodes) < invite.MaxBootnodes {
			v.Bootnodes = append(v.Bootnodes, invite.Bootnode{Address: b.Address, Key: b.Key})
		}
	}
	return v
}

// describe says what is to be known of an invite.
func describe(v invite.Invite, tokenless bool) front.Invitation {
	out := front.Invitation{Room: v.Room, Line: v.String(), Private: v.Secret != "", Reach: front.ReachNetwork, Tokenless: tokenless}
	for i, b := range v.Bootnodes {
		if r := reach(b.Address); i == 0 || r < out.Reach {
			out.Reach, out.Near = r, b.Address
		}
		if b.Key == (crypto.RunPublic{}) {
			out.Unpinned = append(out.Unpinned, b.Address)
		}
	}
	return out
}

// reach is from where a bootnode's address leads to it. A name is taken to lead
// there from everywhere.
func reach(address string) front.Reach {
	host := address
	if u, err := url.Parse(address); err == nil && config.IsURL(address) {
		host = u.Hostname()
	} else if i := strings.LastIndexByte(address, ':'); i >= 0 {
		host = strings.Trim(address[:i], "[]")
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case strings.EqualFold(strings.TrimSuffix(host, "."), "localhost"), err == nil && ip.Unmap().IsLoopback():
		return front.ReachMachine
	case err == nil && (ip.Unmap().IsPrivate() || ip.IsLinkLocalUnicast()):
		return front.ReachNetwork
	}
	return front.ReachAnywhere
}

// profileOption is the option that names this process's profile in any terminal; "":
// it is the one that is taken without.
func (c *client) profileOption() string {
	dir, err := filepath.Abs(c.profile.Dir())
	if first, explicit, berr := dataDir(c.cfg, c.env); err != nil || berr != nil || !explicit && first == dir {
		return ""
	}
	return " --data-dir " + front.ShellWord(dir)
}

// Invite is as in front.Session.
func (s *session) Invite(in front.Room) (front.Invitation, error) {
	r, ok := in.(*room)
	if !ok || r.Between() != nil {
		return front.Invitation{}, front.ErrNoInvite
	}
	v := describe(s.client.invite(r.Name(), r.secret, s.Key(), s.Nick()), s.client.cfg.BootnodeToken != "")
	v.Profile = s.client.profileOption()
	return v, nil
}

// joinInvited enters a room by an invite that the user typed.
func (s *session) joinInvited(line string) (front.Room, error) {
	v, err := invite.Parse(line)
	if err != nil {
		return nil, err
	}
	if err := config.CheckRoom(v.Room); err != nil {
		return nil, fmt.Errorf("the invite's room cannot be joined: its name: %w", err)
	}
	if err := s.client.reaches(v); err != nil {
		return nil, err
	}
	return s.enter(v.Room, v.Secret, welcome{v.Inviter, v.Nick})
}

// reaches reports whether this process is where the invite's people meet: its
// bootnodes are chosen at the start.
func (c *client) reaches(v invite.Invite) error {
	const instead = "; run gochat join with it in another terminal"
	mine := c.bootnodes()
	if len(v.Bootnodes) == 0 && len(mine) == 0 {
		return nil
	}
	for _, b := range v.Bootnodes {
		if !config.IsBootnode(b.Address) {
			return errors.New("the invite names a bootnode by what is no address; ask who sent it for another one, of gochat invite")
		}
		i := slices.IndexFunc(mine, func(x peer.Bootnode) bool { return x.Address == b.Address })
		switch {
		case i < 0:
		case b.Key != (crypto.RunPublic{}) && mine[i].Key != (crypto.RunPublic{}) && mine[i].Key != b.Key:
			return fmt.Errorf("the invite names another key for the bootnode %s than it has here; somebody may be in between: ask who invited you", b.Address)
		default:
			return nil
		}
	}
	if len(v.Bootnodes) == 0 {
		return errors.New("the invite is for people on one network, and this gochat meets others by a bootnode" + instead)
	}
	return errors.New("the invite is for the bootnode " + v.Bootnodes[0].Address + ", which this gochat does not use" + instead)
}
