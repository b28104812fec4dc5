package natlab

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/wsconn/proxytest"
	"gochat/test/proc"
)

// via accepts the registration at the bootnode by a way.
func via(way string) func(proc.Event) bool {
	return func(e proc.Event) bool {
		return e.Type() == "bootnode" && e.String("state") == "registered" && e.String("via") == way
	}
}

// relayedBy accepts a member that is met through the relay, by a way.
func relayedBy(way string) func(proc.Event) bool {
	return func(e proc.Event) bool {
		return proc.JoinedBy("relay")(e) && e.String("via") == way
	}
}

func TestUDPBlocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	for _, pair := range [][2]string{{UDPReject, Symmetric}, {UDPDrop, UDPDrop}} {
		blocked, other := pair[0], pair[1]
		t.Run(blocked+"×"+other, func(t *testing.T) {
			sub := w.in(t)
			a, b, first := sub.meet(sub.place("A", blocked), sub.place("B", other), "blocked-"+blocked+"-"+other)
			a.Wait(patience, "alice registered over TCP", via("tcp"))
			a.Wait(patience, "a relay over TCP at alice", relayedBy("tcp"))
			b.Wait(patience, "a relay at bob", proc.JoinedBy("relay"))
			for i := range 15 {
				text := fmt.Sprint("load ", i)
				a.Say(text)
				b.Wait(patience, text, proc.Message(text))
			}
			ready := b.Wait(0, "bob's first line", func(e proc.Event) bool { return e.Type() == "ready" }).At
			early := b.Wait(0, "the first message", proc.Message("typed early")).At
			t.Logf("first message %d ms after bob's start, %d ms after the room's key was there",
				first.Milliseconds(), early.Sub(ready).Milliseconds())
			leave(t, a, b)
		})
	}
}

// TestUDPComesAndGoes takes UDP away from alice while she talks, and gives it back.
func TestUDPComesAndGoes(t *testing.T) {
	if testing.Short() {
		t.Skip("a dozen seconds of talk")
	}
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	a, b, _ := w.meet(w.place("A", Symmetric), w.place("B", Symmetric), "comes-and-goes")
	n := 0
	talkUntil := func(what string, wanted func(proc.Event) bool) time.Duration {
		start := time.Now()
		done := func(e proc.Event) bool { return e.At.After(start) && wanted(e) }
		for {
			n++
			text := fmt.Sprint("message ", n)
			a.Say(text)
			if e, ok := a.Saw(100*time.Millisecond, done); ok {
				return e.At.Sub(start)
			}
			if time.Since(start) > 100*time.Second {
				t.Fatalf("not seen: %s", what)
			}
		}
	}
	w.NAT("A", UDPDrop)
	t.Logf("over TCP %v after UDP was blocked", talkUntil("TCP", via("tcp")))
	b.Wait(patience, "at whose end UDP is blocked", func(e proc.Event) bool {
		return e.Type() == "peer" && strings.HasPrefix(e.String("reason"), "UDP is blocked at alice's end")
	})
	w.NAT("A", Symmetric)
	t.Logf("over UDP again %v after it was let through", talkUntil("UDP", via("udp")))
	for i := 1; i <= n; i++ {
		b.Wait(patience, "every message", proc.Message(fmt.Sprint("message ", i)))
	}
	leave(t, a, b)
}

// TestProxies has alice behind a router that lets nothing through but what its
// proxy carries, which also loses its connections now and then.
func TestProxies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	w.NAT("A", ProxyOnly)
	p := &proxytest.Proxy{Dial: func(network, addr string) (c net.Conn, err error) {
		if addr == "boot.invalid:9595" { // a name that only the proxy knows
			addr = w.ServerAddr().String()
		}
		err = within(w.namespace("natA"), func() error {
			c, err = net.Dial(network, addr)
			return err
		})
		return c, err
	}}
	var l net.Listener
	err := within(w.namespace("natA"), func() (err error) {
		l, err = net.Listen("tcp4", "192.168.1.1:3128")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		p.Serve(l)
		close(done)
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	t.Run("hidden", func(t *testing.T) { w.in(t).hiddenBehind(p) })
	for _, proxy := range []string{"HTTPS_PROXY=http://192.168.1.1:3128", "ALL_PROXY=socks5h://192.168.1.1:3128"} {
		t.Run(proxy, func(t *testing.T) {
			sub := w.in(t)
			room := "proxy-" + proxy[:3]
			home := t.TempDir()
			cmd := sub.command("a", home, "--bootnode", sub.ServerAddr().String(),
				"--room", room, "--nick", "alice", "--ui", "json", "--data-dir", home)
			cmd.Env = append(cmd.Env, proxy)
			a := proc.Start(t, "alice", cmd)
			a.Wait(patience, "alice registered over TCP", via("tcp"))
			b := sub.client(sub.place("B", PortRestricted), "bob", room, t.TempDir())
			a.Wait(patience, "bob", proc.Joined)
			for i := range 30 {
				if i%10 == 5 {
					p.Reset()
				}
				text := fmt.Sprint("message ", i)
				a.Say(text)
				b.Say("answer to " + text)
				b.Wait(patience, text, proc.Message(text))
				a.Wait(patience, "the answer", proc.Message("answer to "+text))
			}
			leave(t, a, b)
		})
	}
}

// hiddenBehind has alice talk through a SOCKS5 proxy, as through Tor, with
// --relay-only: not one UDP packet leaves her, for a name server or anybody else,
// though her network would carry it.
func (w *world) hiddenBehind(p *proxytest.Proxy) {
	t := w.t
	w.NAT("A", PortRestricted)
	defer w.NAT("A", ProxyOnly)
	watch := "table inet watch {\n chain out {\n type filter hook output priority 0;\n meta l4proto udp counter\n }\n}\n"
	if err := run(watch, "ip", "netns", "exec", w.namespace("a"), "nft", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := w.command("a", home, "--bootnode", "boot.invalid:9595", "--relay-only",
		"--room", "hidden", "--nick", "alice", "--ui", "json", "--data-dir", home)
	cmd.Env = append(cmd.Env, "ALL_PROXY=socks5h://192.168.1.1:3128")
	a := proc.Start(t, "alice", cmd)
	a.Wait(patience, "alice registered over TCP", via("tcp"))
	b := w.client(w.place("B", PortRestricted), "bob", "hidden", t.TempDir())
	a.Wait(patience, "bob", proc.Joined)
	for i := range 20 {
		text := fmt.Sprint("hidden ", i)
		a.Say(text)
		b.Wait(patience, text, proc.Message(text))
	}
	leave(t, a, b)
	out, err := w.Command("a", "nft", "list", "table", "inet", "watch").Output()
	if err != nil || !strings.Contains(string(out), "counter packets 0 ") {
		t.Errorf("UDP packets left: %s %v", out, err)
	}
	if !slices.Contains(p.Asked(), "boot.invalid:9595") {
		t.Errorf("the proxy was asked for %q", p.Asked())
	}
}
