package cli

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gochat/internal/config"
)

// started is a client as it is before its node runs, and what it said by then.
func started(t *testing.T, dir, ui string, rooms ...string) (c *client, said string) {
	t.Helper()
	return startedAt(t, nil, dir, ui, rooms...)
}

// startedAt is started with a terminal to read from; nil: a file.
func startedAt(t *testing.T, terminal *os.File, dir, ui string, rooms ...string) (c *client, said string) {
	t.Helper()
	args := []string{"--ui", ui, "--data-dir", dir, "--no-portmap", "--bootnode", "127.0.0.1:9"}
	for _, name := range rooms {
		args = append(args, "--room", name)
	}
	cfg, err := config.Load(config.Run, args, nil, filepath.Join(t.TempDir(), "absent"))
	if err != nil {
		t.Fatal(err)
	}
	files := [3]*os.File{}
	for i := range files {
		if files[i], err = os.Create(filepath.Join(t.TempDir(), "file")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { files[i].Close() })
	}
	in := cmp.Or(terminal, files[0])
	c, err = openClient(cfg, Env{In: in, Out: files[1], Err: files[2], Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(files[2].Name())
	if err != nil {
		t.Fatal(err)
	}
	return c, string(b)
}

func (c *client) roomNames() (names []string) {
	for _, r := range c.session.Rooms() {
		names = append(names, r.Name())
	}
	return names
}

// The full screen waits for the first room, and for others only as long as their keys
// are known; lines and objects wait for all. The order is that of the command line.
func TestRoomsOfTheStart(t *testing.T) {
	dir := t.TempDir()
	begin := func(ui, names, atOnce, said string) {
		t.Helper()
		rooms := strings.Fields(names)
		c, got := started(t, dir, ui, rooms...)
		defer c.close()
		here := c.roomNames()
		if strings.Join(here, " ") != atOnce || !slices.Equal(append(here, c.session.Joining()...), rooms) {
			t.Errorf("%s: %q at once, then %q", ui, here, c.session.Joining())
		}
		if got != said {
			t.Errorf("%s: said %q", ui, got)
		}
		c.session.joinRest(t.Context())
		if got := c.roomNames(); !slices.Equal(got, rooms) || c.session.Joining() != nil || c.session.unreadable() != nil {
			t.Errorf("%s: in the end %q, %q, %v", ui, got, c.session.Joining(), c.session.unreadable())
		}
	}
	begin("tui", "tea cake", "tea", "")
	begin("tui", "tea cake", "tea cake", "")
	begin("tui", "cake pie tea", "cake", "")
	begin("plain", "tea jam pie", "tea jam pie", "joining jam …\n")
	begin("json", "ale jam", "ale jam", "")
}

// A room that cannot be joined is the end, as it was when it kept all from starting.
func TestRoomOfTheStartFails(t *testing.T) {
	c, _ := started(t, t.TempDir(), "tui", "tea", "cake", "pie")
	ended := 0
	c.session.end = func() { ended++ }
	if err := c.history.close(); err != nil {
		t.Fatal(err)
	}
	c.session.joinRest(t.Context())
	err := c.session.unreadable()
	if ended != 1 || err == nil || !strings.HasPrefix(err.Error(), "cannot join the room cake: ") || len(c.session.Rooms()) != 1 {
		t.Errorf("ended %d times, %v, %q", ended, err, c.roomNames())
	}
	c.close()
}
