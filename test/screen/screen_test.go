// Package screen draws the picture of the README: real members and a real
// bootnode on loopback, one of them shown by the terminal front. Run it with
// make screen to write docs/screen.svg anew.
package screen

import (
	"context"
	"errors"
	"flag"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/tui"
	"gochat/internal/udp"
	"gochat/peer"
)

var update = flag.Bool("update", false, "write docs/screen.svg")

const patience = time.Minute

// glass is a simulated terminal that remembers what it last showed: the
// simulation itself may only be read by whoever draws.
type glass struct {
	tcell.SimulationScreen
	mu        sync.Mutex
	text, svg string
}

func (g *glass) Show() {
	g.SimulationScreen.Show()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.text = contents(g.SimulationScreen)
	if *update {
		g.svg = tui.SVG(g.SimulationScreen)
	}
}

func (g *glass) shown() (text, svg string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text, g.svg
}

// session is a member as a front drives it.
type session struct {
	*peer.Node
	room room
}

func (s session) VerifiedAs(string) (crypto.PublicKey, bool) { return crypto.PublicKey{}, false }
func (s session) SetNick(n string) (bool, error)             { return false, s.Node.SetNick(n) }
func (s session) Rooms() []front.Room                        { return []front.Room{s.room} }
func (s session) Join(front.Entry) (front.Room, error)       { return nil, peer.ErrRooms }
func (s session) Invite(front.Room) (front.Invitation, error) {
	return front.Invitation{}, front.ErrNoInvite
}
func (s session) Direct(keys ...crypto.PublicKey) (front.Room, error) {
	r, err := s.Node.Direct(keys...)
	return room{r}, err
}
func (s session) Drain(ctx context.Context) front.Delivery { return s.room.Drain(ctx) }

// room is the one room of a session.
type room struct{ *peer.Room }

func (r room) Part()                     { r.Leave() }
func (r room) ReadUpTo() string          { return "" }
func (r room) SetReadUpTo(string)        {}
func (r room) Muted() front.Mute         { return front.MuteNone }
func (r room) SetMuted(front.Mute) error { return nil }
func (r room) Bell() front.Bell          { return front.BellOff }
func (r room) SetBell(front.Bell)        {}

func listen(t *testing.T) udp.Conn {
	c, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func join(t *testing.T, ctx context.Context, boot, nick string, seed byte) session {
	t.Helper()
	n, err := peer.New(peer.Config{
		Identity: crypto.IdentityFromSeed([32]byte{seed}), RunNumber: 1, Nick: nick, Socket: listen(t),
		LocalAddrs: func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} },
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := n.Join(peer.RoomConfig{Name: "lobby", Keys: crypto.NewRoomKeys(crypto.DeriveEpoch0("lobby", ""))})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { <-done })
	if err := n.SetBootnodes([]peer.Bootnode{{Address: boot}}); err != nil {
		t.Fatal(err)
	}
	return session{n, room{r}}
}

// until waits for an event of a member whose events no front reads.
func (s session) until(t *testing.T, what string, match func(peer.Event) bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, open := <-s.Events():
			if !open {
				t.Fatalf("the session ended before %s", what)
			}
			if match(e) {
				return
			}
		case <-timeout:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func direct(n int) func(peer.Event) bool {
	seen := map[crypto.PublicKey]bool{}
	return func(e peer.Event) bool {
		if m, ok := e.(peer.MemberChanged); ok && m.State == peer.Joined && m.Path == peer.PathDirect {
			seen[m.Key] = true
		}
		return len(seen) == n
	}
}

func said(text string) func(peer.Event) bool {
	return func(e peer.Event) bool {
		m, ok := e.(peer.MessageEvent)
		return ok && m.Text == text
	}
}

func TestScreen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	key, err := crypto.NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	sock := listen(t)
	srv, err := bootnode.New(bootnode.Config{Conns: []udp.Conn{sock}, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	go srv.Run(ctx)
	boot := sock.LocalAddr().String()

	alice := join(t, ctx, boot, "alice", 2)
	screen := &glass{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
	front := make(chan error, 1)
	go func() {
		_, err := tui.Run(ctx, alice, tui.Options{Screen: screen})
		front <- err
	}()
	await(t, screen, "registered")
	screen.SetSize(98, 18)

	bob := join(t, ctx, boot, "bob", 7)
	bob.until(t, "bob's direct path", direct(1))
	carol := join(t, ctx, boot, "carol", 9)
	carol.until(t, "carol's direct paths", direct(2))
	bob.until(t, "bob's path to carol", direct(1))

	for _, line := range []struct {
		by   session
		text string
	}{
		{bob, "morning! no server in between, is there?"},
		{carol, "none that can read this:\n- the bootnode introduced us\n- the rest is between our three machines"},
	} {
		if _, err := line.by.room.Send(peer.Text, line.text); err != nil {
			t.Fatal(err)
		}
		await(t, screen, strings.Split(line.text, "\n")[0])
	}
	typeLine(screen, "then here is the plan: lunch at one")
	bob.until(t, "alice's message", said("then here is the plan: lunch at one"))
	typeLine(screen, "/me is off to the kitchen")
	carol.until(t, "alice's action", said("is off to the kitchen"))
	await(t, screen, "kitchen ✓✓")
	for _, r := range "see y" {
		screen.InjectKey(tcell.KeyRune, r, tcell.ModNone)
	}
	await(t, screen, "> see y")

	if *update {
		_, svg := screen.shown()
		if err := os.WriteFile("../../docs/screen.svg", []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-front; err != nil {
		t.Error(err)
	}
}

func typeLine(s tcell.SimulationScreen, line string) {
	for _, r := range line {
		s.InjectKey(tcell.KeyRune, r, tcell.ModNone)
	}
	s.InjectKey(tcell.KeyEnter, '\r', tcell.ModNone)
}

// await waits until the screen shows a text.
func await(t *testing.T, s *glass, want string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, _ := s.shown(); strings.Contains(text, want) {
			return
		}
	}
	text, _ := s.shown()
	t.Fatalf("the screen never showed %q, but:\n%s", want, text)
}

func contents(s tcell.SimulationScreen) string {
	cells, width, _ := s.GetContents()
	var b strings.Builder
	for i, c := range cells {
		if i > 0 && width > 0 && i%width == 0 {
			b.WriteByte('\n')
		}
		b.WriteString(string(c.Runes))
	}
	return b.String()
}

// Import is as in front.Session.
func (s session) Import(string, string, string) (string, peer.Imported, error) {
	return "", peer.Imported{}, errors.New("not here")
}
