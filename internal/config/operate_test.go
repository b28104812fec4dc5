package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOperateOptions(t *testing.T) {
	c, err := loadCommand(t, "bootnode ban 10.0.0.0/8 --for 7d --reason spam --json --admin-sock /run/x.sock")
	if err != nil || !slices.Equal(c.Args, []string{"ban", "10.0.0.0/8"}) || c.Mode != Bootnode || c.UI != JSON {
		t.Fatalf("%+v, %v", c.Args, err)
	}
	if o := c.Operating; o.For != 7*24*time.Hour || o.Reason != "spam" || o.AdminSock != "/run/x.sock" || o.AdminSockOff || len(c.Warnings) > 0 {
		t.Errorf("%+v, %q", o, c.Warnings)
	}
	if c, err = loadCommand(t, "bootnode drain --to a:1 --to b:2 --in 20 --room 1234"); err != nil || len(c.To) != 2 || c.Operating.In != 20*time.Second || len(c.Warnings) > 0 {
		t.Errorf("%+v, %v", c.Operating, err)
	}
	for line, want := range map[string]string{
		"bootnode ban x --for soon":                           "not a duration",
		"bootnode ban x --for 0s":                             "out of range",
		"bootnode drain --in 2h":                              "out of range",
		"bootnode a b c":                                      "not expected here",
		"--room r --bootnode-token short":                     "no token",
		"--room r --reason x":                                 "gochat bootnode",
		"--mode bootnode --max-per-ip 0":                      "out of range",
		"--mode bootnode --admin-sock ~/sock":                 "not expanded",
		"bootnode ban x --reason " + strings.Repeat("x", 201): "too long",
	} {
		if _, err := loadCommand(t, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		} else if strings.Contains(err.Error(), "short") && strings.Contains(line, "token") {
			t.Errorf("a token is shown: %v", err)
		}
	}
	if c, err := loadCommand(t, "--mode bootnode --admin-sock off"); err != nil || !c.Operating.AdminSockOff {
		t.Errorf("%+v, %v", c.Operating, err)
	}
}

// Reload reads the same arguments and the .env file as it is by then.
func TestReload(t *testing.T) {
	dotenv := filepath.Join(t.TempDir(), ".env")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(dotenv, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("MAX_MEMBERS=5\n")
	c, err := Load(Run, []string{"--mode", "bootnode", "--max-rooms", "7"}, []string{"LISTEN=127.0.0.1:1"}, dotenv)
	if err != nil || c.MaxMembers != 5 {
		t.Fatal(c.MaxMembers, err)
	}
	write("MAX_MEMBERS=6\nMAX_ROOMS=8\nSTUN_PORT=99\n")
	again, err := c.Reload()
	if err != nil || again.MaxMembers != 6 || again.Operating.MaxRooms != 7 {
		t.Fatalf("%d, %d, %v", again.MaxMembers, again.Operating.MaxRooms, err)
	}
	changed, restart := c.Differences(again)
	if !slices.Equal(changed, []string{"max-members"}) || !slices.Equal(restart, []string{"stun-port"}) {
		t.Errorf("%q, %q", changed, restart)
	}
	for _, name := range Reloadable {
		if !slices.ContainsFunc(Options(), func(o Option) bool { return o.Name == name }) {
			t.Errorf("there is no option %s", name)
		}
	}
	write("MAX_MEMBERS=none\n")
	if _, err := again.Reload(); err == nil {
		t.Error("a broken file was taken")
	}
}

// The help of the command bootnode speaks of its own --to, not of that of send.
func TestOperateHelpTo(t *testing.T) {
	text := CommandHelp(Operate)
	if !strings.Contains(text, "--to HOST:PORT[/KEY]\n") || strings.Contains(text, "--to KEY") || !strings.Contains(text, "of drain: where its members are sent") {
		t.Error(text)
	}
	if text := CommandHelp(Send); !strings.Contains(text, "--to KEY|NICK\n") {
		t.Error(text)
	}
}
