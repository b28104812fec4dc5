package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/invite"
)

func sample() invite.Invite {
	return invite.Invite{
		Room: "family", Secret: "only for us", Inviter: crypto.PublicKey{7}, Nick: "mo\x1bther",
		Bootnodes: []invite.Bootnode{{Address: "boot.example:9595", Key: crypto.RunPublic{1}}, {Address: "192.0.2.1:1"}},
	}
}

func loadJoin(environ []string, stdin string, args ...string) (Config, error) {
	return LoadJoin(args, environ, filepath.Join(os.TempDir(), "no such .env"), strings.NewReader(stdin))
}

func TestJoinTakesTheInvite(t *testing.T) {
	line := sample().String()
	environ := []string{"ROOM=lobby", "BOOTNODE=other.example", "SECRET=another", "MODE=bootnode", "NICK=son", "UI=plain", "BOOTNODE_TOKEN=a-token-of-my-own", "BOOTNODE_KEY=" + crypto.PublicKey{3}.String()}
	c, err := loadJoin(environ, "", line)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rooms) != 1 || c.Rooms[0] != (Room{"family", "only for us"}) || c.Mode != Client || c.Nick != "son" || c.UI != Plain {
		t.Errorf("%+v, %s, %s, %s", c.Rooms, c.Mode, c.Nick, c.UI)
	}
	if strings.Join(c.Bootnodes, " ") != "boot.example:9595 192.0.2.1:1" || c.BootnodeKey != [32]byte{} {
		t.Errorf("%q, %v", c.Bootnodes, c.BootnodeKey)
	}
	if c.BootnodeToken != "" {
		t.Errorf("the token for other.example is proven to %q", c.Bootnodes)
	}
	v := c.Invited
	if v == nil || v.Nick != "mo\x1bther" || v.Inviter != (crypto.PublicKey{7}) || len(v.Keys) != 1 || v.Keys["boot.example:9595"] != [32]byte{1} {
		t.Errorf("%+v", v)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "process list") {
		t.Errorf("%q", c.Warnings)
	}
	if got := c.Source("bootnode").String(); got != "the invite" {
		t.Error(got)
	}
}

func TestFlagsWinOverTheInvite(t *testing.T) {
	c, err := loadJoin(nil, "", sample().String(), "--bootnode", "mine.example", "--bootnode-key", crypto.PublicKey{3}.String(), "--secret", "mine", "--ui", "json")
	if err != nil || strings.Join(c.Bootnodes, " ") != "mine.example:9595" || c.BootnodeKey != [32]byte{3} || c.Rooms[0].Secret != "mine" || c.UI != JSON {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = loadJoin(nil, "", "--room", "lobby", sample().String())
	if err != nil || len(c.Rooms) != 2 || c.Rooms[0].Secret != "only for us" || c.Rooms[1] != (Room{"lobby", ""}) {
		t.Errorf("%+v, %v", c.Rooms, err)
	}
	c, err = loadJoin([]string{"BOOTNODE_TOKEN=a-token-of-my-own"}, "", sample().String(), "--bootnode-token", "a-token-of-a-flag")
	if err != nil || c.BootnodeToken != "a-token-of-a-flag" {
		t.Errorf("%q, %v", c.BootnodeToken, err)
	}
	v := sample()
	v.Token = "a-token-for-guests"
	c, err = loadJoin([]string{"BOOTNODE_TOKEN=a-token-of-my-own"}, "", v.String())
	if err != nil || c.BootnodeToken != v.Token {
		t.Errorf("%q, %v", c.BootnodeToken, err)
	}
	v = sample()
	v.Bootnodes = nil
	c, err = loadJoin([]string{"BOOTNODE=mine.example"}, "", v.String())
	if err != nil || len(c.Bootnodes) > 0 {
		t.Errorf("an invite to this network goes to %q, %v", c.Bootnodes, err)
	}
}

func TestWhereTheInviteComesFrom(t *testing.T) {
	line := sample().String()
	file := filepath.Join(t.TempDir(), "invite.txt")
	if err := os.WriteFile(file, []byte("gochat join "+line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args  []string
		stdin string
	}{
		"a file":         {[]string{"--invite-file", file}, ""},
		"standard input": {[]string{"-"}, "\n" + line + "\nhello"},
		"no line end":    {[]string{"-"}, line},
		"split words":    {[]string{line[:50], line[50:70], line[70:]}, ""},
	} {
		c, err := loadJoin(nil, tc.stdin, tc.args...)
		if err != nil || len(c.Rooms) != 1 || c.Rooms[0].Secret != "only for us" {
			t.Errorf("%s: %+v, %v", name, c.Rooms, err)
		}
		if warned := len(c.Warnings) > 0; warned != (name == "split words") {
			t.Errorf("%s: %q", name, c.Warnings)
		}
	}
	// What follows the line is for the front.
	in := strings.NewReader(line + "\nhello\n")
	if _, err := LoadJoin([]string{"-"}, nil, "no such .env", in); err != nil || in.Len() != len("hello\n") {
		t.Errorf("%d bytes are left, %v", in.Len(), err)
	}
}

func TestBadInvites(t *testing.T) {
	line := sample().String()
	evil := func(change func(*invite.Invite)) string {
		v := sample()
		change(&v)
		return v.String()
	}
	for name, tc := range map[string]struct{ args, stdin, want string }{
		"none":         {"", "", "there is none"},
		"another word": {"hello", "", "no invite"},
		"cut":          {line[:90], "", "letters are there"},
		"mistyped":     {strings.Replace(line, line[60:62], "22", 1), "", "mistyped"},
		"made wrong":   {"gochat:aeac4aiaafzaiabaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaalcdam7m", "", "another one, of gochat invite (the key of who invites is none)"},
		"empty input":  {"-", "", "no invite"},
		"no such file": {"--invite-file nowhere", "", "cannot be read"},
		"twice":        {"--invite-file x " + line, "", "given twice"},
		"evil room":    {evil(func(v *invite.Invite) { v.Room = "a\x1b[31m" }), "", "control"},
		"evil address": {evil(func(v *invite.Invite) { v.Bootnodes[0].Address = "a/b" }), "", "the invite"},
		"evil token":   {evil(func(v *invite.Invite) { v.Token = "a\nb" }), "", "no token"},
		"for others":   {"--qr " + line, "", "gochat invite"},
	} {
		_, err := loadJoin(nil, tc.stdin, strings.Fields(tc.args)...)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "only for us") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzJoin(f *testing.F) {
	f.Add(sample().String())
	f.Add("gochat join 'gochat:aeaaa'")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := loadJoin(nil, "", line)
		if err == nil && (len(c.Rooms) == 0 || CheckRoom(c.Rooms[0].Name) != nil) {
			t.Errorf("%+v", c.Rooms)
		}
	})
}
