package hub

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

var _ front.Shared = (*Guest)(nil)

// alone is a hub whose session has no front of its own.
func alone() *Hub {
	s := &host{Session: fronttest.New()}
	h := New(s, 0)
	s.hub = h
	h.Alone()
	return h
}

func enter(t *testing.T, h *Hub, shows bool) *Guest {
	t.Helper()
	g, err := h.Enter(shows, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func said(text string) peer.MessageEvent {
	return peer.MessageEvent{Message: peer.Message{ID: text, Room: "lobby", Text: text}}
}

// What nobody has seen is for the first who shows it to a user, and counts as
// missed once.
func TestUnseen(t *testing.T) {
	h := alone()
	program := enter(t, h, false)
	h.Publish(said("one"))
	h.Publish(said("two"))
	if len(program.Events()) != 2 {
		t.Error("a program was not told")
	}
	first := enter(t, h, true)
	if n := len(first.Missed()); n != 2 {
		t.Errorf("%d missed", n)
	}
	for _, m := range first.Missed() {
		m.Show()
	}
	h.Publish(said("three"))
	(<-first.Events()).(peer.MessageEvent).Show()
	if n := len(enter(t, h, true).Missed()); n != 0 {
		t.Errorf("%d missed that another has shown", n)
	}
	h.Publish(said("four"))
	h.Leave(first)
	if _, open := <-first.Events(); !open {
		t.Error("what came before the end is lost")
	}
}

// What a guest has taken, but not shown, nobody has seen: not what waited when
// its front could not be shown, nor what was queued when its terminal was gone or
// it was too slow.
func TestUnshownIsUnseen(t *testing.T) {
	h := alone()
	h.Publish(said("one"))
	h.Leave(enter(t, h, true))
	g := enter(t, h, true)
	h.Publish(said("two"))
	h.Publish(said("three"))
	(<-g.Events()).(peer.MessageEvent).Show()
	h.Leave(g)
	missed := enter(t, h, true).Missed()
	if len(missed) != 2 || missed[0].ID != "one" || missed[1].ID != "three" {
		t.Errorf("missed: %v", missed)
	}
	slow := enter(t, h, true)
	for i := range maxWaiting + 1 {
		h.Publish(said(fmt.Sprint(i)))
	}
	if n := len(enter(t, h, true).Missed()); !slow.TooSlow() || n != maxUnseen {
		t.Errorf("%d missed", n)
	}
}

func TestUnseenIsBounded(t *testing.T) {
	h := alone()
	for i := range maxUnseen + 100 {
		h.Publish(said(fmt.Sprint(i)))
	}
	if n := len(enter(t, h, true).Missed()); n != maxUnseen {
		t.Errorf("%d are remembered", n)
	}
}

// Who comes late is told how the bootnodes are reached now.
func TestBootnodesAreToldAgain(t *testing.T) {
	h := alone()
	for _, b := range []peer.BootnodeChanged{
		{Address: "a:1", State: peer.BootnodeConnecting}, {Address: "b:1", State: peer.BootnodeUnreachable}, {Address: "a:1", State: peer.BootnodeRegistered},
	} {
		h.Publish(b)
	}
	g := enter(t, h, true)
	for _, want := range []string{"b:1 unreachable", "a:1 registered"} {
		b := (<-g.Events()).(peer.BootnodeChanged)
		if got := b.Address + " " + b.State.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if len(enter(t, h, false).Events()) > 0 {
		t.Error("a program is told twice: ready says it")
	}
	for i := range 2 * maxBootnodes {
		h.Publish(peer.BootnodeChanged{Address: fmt.Sprint(i)})
	}
	if n := len(enter(t, h, true).Events()); n != maxBootnodes {
		t.Errorf("%d are remembered", n)
	}
}

// A program is told what is said from when it was admitted, not from when its
// front runs.
func TestAdmittedBeforeItRuns(t *testing.T) {
	h := alone()
	here, there := net.Pipe()
	visit := h.Admit(there)
	h.Publish(said("at the very beginning"))
	done := make(chan struct{})
	go func() { visit(t.Context()); close(done) }()
	_ = here.SetDeadline(time.Now().Add(30 * time.Second))
	lines := bufio.NewScanner(here)
	told := false
	for !told && lines.Scan() {
		told = strings.Contains(lines.Text(), "at the very beginning")
	}
	if !told {
		t.Error("it was not told")
	}
	here.Close()
	<-done
}
