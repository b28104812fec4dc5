package cli

import (
	"log/slog"
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/invite"
	"gochat/internal/profile"
	"gochat/internal/qr"
)

func TestReach(t *testing.T) {
	for address, want := range map[string]front.Reach{
		"boot.example:9595": front.ReachAnywhere, "203.0.113.5:9595": front.ReachAnywhere, "[2001:db8::1]:9595": front.ReachAnywhere,
		"wss://boot.example/gochat": front.ReachAnywhere, "ws://10.1.2.3:80/gochat": front.ReachNetwork, "wss://[::1]/gochat": front.ReachMachine,
		"192.168.1.2:9595": front.ReachNetwork, "[fd00::1]:9595": front.ReachNetwork, "[fe80::1%eth0]:9595": front.ReachNetwork,
		"127.0.0.1:9595": front.ReachMachine, "localhost:9595": front.ReachMachine, "[::ffff:127.0.0.1]:1": front.ReachMachine,
	} {
		if got := reach(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	v := invite.Invite{Room: "r", Secret: "s", Bootnodes: []invite.Bootnode{{Address: "127.0.0.1:1"}, {Address: "10.0.0.1:1", Key: crypto.RunPublic{1}}}}
	got := describe(v, true)
	if got.Reach != front.ReachNetwork || got.Near != "10.0.0.1:1" || !got.Private || !got.Tokenless || strings.Join(got.Unpinned, " ") != "127.0.0.1:1" {
		t.Errorf("%+v", got)
	}
	if got := describe(invite.Invite{Room: "r"}, false); got.Reach != front.ReachNetwork || got.Near != "" || got.Private {
		t.Errorf("%+v", got)
	}
}

// A process that runs takes only invites to where it is.
func TestWhereAnInviteLeads(t *testing.T) {
	p, _, err := profile.Open(t.TempDir(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.RepinBootnode("a.example:1", [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	at := func(bootnodes ...string) *client {
		return &client{cfg: config.Config{Bootnodes: bootnodes}, profile: p, log: slog.New(slog.DiscardHandler)}
	}
	to := func(address string, key byte) invite.Invite {
		return invite.Invite{Room: "r", Bootnodes: []invite.Bootnode{{Address: address, Key: crypto.RunPublic{key}}}}
	}
	for _, tc := range []struct {
		c    *client
		v    invite.Invite
		want string
	}{
		{at(), invite.Invite{Room: "r"}, ""},
		{at("a.example:1"), to("a.example:1", 1), ""},
		{at("a.example:1"), to("a.example:1", 0), ""},
		{at("b.example:1", "a.example:1"), to("b.example:1", 7), ""}, // its key is not known here
		{at("a.example:1"), to("a.example:1", 2), "another key"},
		{at("a.example:1"), to("c.example:1", 1), "which this gochat does not use"},
		{at(), to("a.example:1", 1), "which this gochat does not use"},
		{at("a.example:1"), to("a.example:1\x1b]0;evil\a", 1), "no address"},
		{at(), to("say.yes/to this", 1), "no address"},
		{at("a.example:1"), invite.Invite{Room: "r"}, "people on one network"},
	} {
		err := tc.c.reaches(tc.v)
		if (err == nil) != (tc.want == "") || err != nil && (!strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\x1b")) {
			t.Errorf("at %q to %+v: %v", tc.c.cfg.Bootnodes, tc.v.Bootnodes, err)
		}
	}
}

// A code is drawn whole where it can be, with less light around it if need be.
func TestCodeFitsTheTerminal(t *testing.T) {
	code, err := qr.New(strings.ToUpper("gochat:" + strings.Repeat("aeagqaia", 23))) // 41 modules: 25 rows, or 23
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		columns, rows, border int
		lacks                 string
	}{
		{80, 26, qr.Quiet, ""}, {80, 25, qr.Narrow, ""}, {80, 24, qr.Narrow, ""}, {49, 26, qr.Quiet, ""}, {48, 26, qr.Narrow, ""},
		{80, 23, qr.Narrow, "needs 45 columns and 24 rows, and this terminal shows 80 by 23"}, {44, 50, qr.Narrow, "shows 44 by 50"},
	} {
		border, lacks := fitCode(code, tc.columns, tc.rows)
		if border != tc.border || !strings.Contains(lacks, tc.lacks) || (lacks == "") != (tc.lacks == "") {
			t.Errorf("%d by %d: %d, %q", tc.columns, tc.rows, border, lacks)
		}
	}
}

func TestNotesAreBrokenAtWords(t *testing.T) {
	got := broken([]string{"Send it by a way you trust.", "Short."}, 10)
	if strings.Join(got, "|") != "Send it by|a way you|trust.|Short." {
		t.Errorf("%q", got)
	}
}
