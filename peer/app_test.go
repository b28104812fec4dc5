package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// echoing has both in a room where b listens for "echo" and sends back what
// comes until the end.
func echoing(t *testing.T, p *pair, name string) (ra, rb *Room) {
	t.Helper()
	p.both(name)
	ra, rb = p.a.Room(name), p.b.Room(name)
	l, err := rb.Listen("echo")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
				_ = c.(*Conn).CloseWrite()
			}()
		}
	}()
	return ra, rb
}

func TestStreamBetweenApplications(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, rb := echoing(t, p, "one")
		c, err := ra.Dial(t.Context(), p.b.Key(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		if l, r := c.LocalAddr().(Addr), c.RemoteAddr().(Addr); l.Key != p.a.Key() || r.Key != p.b.Key() || r.Room != "one" || r.Protocol != "echo" || r.Network() != "gochat" {
			t.Errorf("from %v to %v", l, r)
		}
		const size = 3 << 20 // many times what is taken at once
		go func() {
			_, _ = c.Write(make([]byte, size))
			_ = c.CloseWrite()
		}()
		if n, err := io.Copy(io.Discard, c); n != size || err != nil {
			t.Errorf("%d bytes came back, %v", n, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing after the end: %v", err)
		}
		if _, err := ra.Send(Text, "the room goes on"); err != nil {
			t.Fatal(err)
		}
		p.settle(time.Second)
		if n := len(rb.Members()); n != 1 {
			t.Errorf("b sees %d members", n)
		}
	})
}

func TestStreamRefused(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, rb := echoing(t, p, "one")
		stranger := crypto.IdentityFromSeed([32]byte{9}).Public()
		for _, tc := range []struct {
			key      crypto.PublicKey
			protocol string
			want     error
		}{
			{p.b.Key(), "other", ErrNoListener},
			{p.b.Key(), "", ErrProtocol},
			{p.b.Key(), "a b", ErrProtocol},
			{p.a.Key(), "echo", ErrSelf},
			{stranger, "echo", ErrAbsent},
		} {
			if _, err := ra.Dial(t.Context(), tc.key, tc.protocol); !errors.Is(err, tc.want) {
				t.Errorf("%s: %v, want %v", tc.protocol, err, tc.want)
			}
		}
		if _, err := rb.Listen("echo"); !errors.Is(err, ErrListening) {
			t.Errorf("listening twice: %v", err)
		}
		for _, ignored := range []bool{true, false} {
			if err := p.b.Ignore(p.a.Key(), ignored); err != nil {
				t.Fatal(err)
			}
			if _, err := ra.Dial(t.Context(), p.b.Key(), "echo"); ignored != errors.Is(err, ErrNoListener) {
				t.Errorf("ignored %v: %v", ignored, err)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("no time"))
		if _, err := ra.Dial(ctx, p.b.Key(), "echo"); err == nil {
			t.Error("a stream opened after the context's end")
		}
		rb.Leave()
		p.settle(time.Second)
		if _, err := ra.Dial(t.Context(), p.b.Key(), "echo"); !errors.Is(err, ErrAbsent) {
			t.Errorf("to who has left: %v", err)
		}
		if _, err := rb.Dial(t.Context(), p.a.Key(), "echo"); !errors.Is(err, ErrParted) {
			t.Errorf("from who has left: %v", err)
		}
		if _, err := rb.Listen("more"); !errors.Is(err, ErrParted) {
			t.Errorf("listening after the end: %v", err)
		}
	})
}

// One member cannot have more streams than fit, and those that nobody reads do
// not hold up the room. A place is free again when a stream is closed.
func TestStreamsAreBounded(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("one")
		ra, rb := p.a.Room("one"), p.b.Room("one")
		l, err := rb.Listen("sink")
		if err != nil {
			t.Fatal(err)
		}
		var conns, taken []net.Conn
		for i := range maxStreams {
			c, err := ra.Dial(t.Context(), p.b.Key(), "sink")
			if err != nil {
				t.Fatalf("stream %d: %v", i, err)
			}
			x, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			conns, taken = append(conns, c), append(taken, x)
			_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
			if n, err := c.Write(make([]byte, 2*streamWindow)); !errors.Is(err, os.ErrDeadlineExceeded) || n < streamWindow-1<<10 {
				t.Fatalf("stream %d took %d bytes that nobody reads, %v", i, n, err)
			}
		}
		if _, err := ra.Dial(t.Context(), p.b.Key(), "sink"); !errors.Is(err, ErrBusy) {
			t.Errorf("one stream too many: %v", err)
		}
		p.forget(p.b)
		if _, err := ra.Send(Text, "hello"); err != nil {
			t.Fatal(err)
		}
		p.settle(time.Second)
		heard := false
		for _, e := range p.events(p.b) {
			if m, ok := e.(MessageEvent); ok && m.Text == "hello" {
				heard = true
			}
		}
		if !heard {
			t.Error("streams that nobody reads hold up the room")
		}
		taken[0].Close()
		if _, err := conns[0].Write(make([]byte, 1)); err == nil {
			p.settle(time.Second)
			_, err = conns[0].Write(make([]byte, 1))
			if !errors.Is(err, ErrReset) {
				t.Errorf("writing to who has closed: %v", err)
			}
		}
		if _, err := ra.Dial(t.Context(), p.b.Key(), "sink"); err != nil {
			t.Errorf("after one was closed: %v", err)
		}
	})
}

func TestListenerCloses(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("one")
		ra, rb := p.a.Room("one"), p.b.Room("one")
		l, err := rb.Listen("slow")
		if err != nil {
			t.Fatal(err)
		}
		c, err := ra.Dial(t.Context(), p.b.Key(), "slow") // nobody accepts it
		if err != nil {
			t.Fatal(err)
		}
		accepted := make(chan error)
		for range 2 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		go func() { _, err := l.Accept(); accepted <- err }()
		if err := <-accepted; !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepting after Close: %v", err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, ErrReset) {
			t.Errorf("a stream that nobody accepted: %v", err)
		}
		if _, err := ra.Dial(t.Context(), p.b.Key(), "slow"); !errors.Is(err, ErrNoListener) {
			t.Errorf("a closed listener: %v", err)
		}
		if _, err := rb.Listen("slow"); err != nil {
			t.Errorf("listening again: %v", err)
		}
	})
}

// Streams end with the room, on both ends; those of other rooms go on, and the
// connection with them.
func TestStreamsEndWithTheRoom(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, rb := echoing(t, p, "one")
		r2, _ := echoing(t, p, "two")
		one, err := ra.Dial(t.Context(), p.b.Key(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		two, err := r2.Dial(t.Context(), p.b.Key(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		rb.Leave()
		if _, err := one.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("a stream of a room that was left: %v", err)
		}
		p.settle(5 * time.Second)
		fmt.Fprint(two, "still here")
		b := make([]byte, 10)
		if _, err := io.ReadFull(two, b); err != nil || string(b) != "still here" {
			t.Errorf("%q, %v", b, err)
		}
	})
}

// A link that another connection replaces takes no stream with it.
func TestStreamOutlivesItsConnection(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, _ := echoing(t, p, "one")
		c, err := ra.Dial(t.Context(), p.b.Key(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		old := p.conn()
		// The one with the lower key dials: that connection stays.
		lower, other := p.a, p.b
		if p.b.Key().Compare(p.a.Key()) < 0 {
			lower, other = p.b, p.a
		}
		p.do(lower, func(time.Time) { lower.contacts[other.Key()].dial() })
		p.settle(2 * time.Second)
		if now := p.conn(); now == old {
			t.Fatal("the connection was not replaced")
		}
		fmt.Fprint(c, "still here")
		b := make([]byte, 10)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "still here" {
			t.Fatalf("%q, %v", b, err)
		}
		if _, err := ra.Dial(t.Context(), p.b.Key(), "echo"); err != nil {
			t.Errorf("on the new connection: %v", err)
		}
		c.Close()
		p.settle(lingerFor + time.Second)
		if old.quic.Context().Err() == nil {
			t.Error("the old connection stays open for nothing")
		}
	})
}

// A stream needs no link of the room: in large rooms most pairs have none.
func TestStreamWithoutLink(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, _ := echoing(t, p, "one")
		for _, n := range []*Node{p.a, p.b} {
			p.do(n, func(now time.Time) {
				for _, c := range n.contacts {
					c.conn.close(closeSurplus)
					c.conn.ended(now, ending{moved: true})
					for _, m := range c.members {
						m.presence.wanted, m.presence.dialAt = false, time.Time{}
						m.presence.settle(now)
						m.presence.state = Present
					}
				}
			})
		}
		c, err := ra.Dial(t.Context(), p.b.Key(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "hello")
		b := make([]byte, 5)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
			t.Errorf("%q, %v", b, err)
		}
		synctest.Wait()
	})
}

// Who does not know the room, or streams of applications at all, refuses them
// as it refuses a link.
func TestStreamToOlderMember(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("one")
		ra := p.join(p.a, RoomConfig{Name: "two"})
		p.settle(time.Second)
		p.do(p.a, func(time.Time) { ra.memberOf(p.a.contacts[p.b.Key()]).presence.state = Present })
		began := time.Now()
		if _, err := ra.Dial(t.Context(), p.b.Key(), "echo"); !errors.Is(err, ErrRefused) {
			t.Errorf("to who does not know the room: %v", err)
		}
		if d := time.Since(began); d < refuseAfter {
			t.Errorf("refused after %v: the time tells something", d)
		}
		p.settle(time.Second)
		if m := p.a.Room("one").Members(); len(m) != 1 || m[0].State != Joined {
			t.Errorf("the other room: %+v", m)
		}
	})
}

// Whatever a stream begins with, the connection and the room go on.
func TestStreamsThatBeginBadly(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, rb := echoing(t, p, "one")
		cn := p.conn()
		proof := rb.keys.Proof(cn.ends.me, cn.ends.exporter, cn.ends.client, cn.ends.server)
		right := wire.Opening{Type: wire.StreamApplication, Proof: proof, Protocol: "echo"}.Append(nil)
		wrong := wire.Opening{Type: wire.StreamApplication, Proof: [32]byte{1}, Protocol: "echo"}.Append(nil)
		for name, b := range map[string][]byte{
			"another type": append([]byte{3}, right[1:]...), "one byte": {2}, "cut": right[:len(right)-1],
			"wrong proof": wrong, "no protocol": append(right[:33:33], 0), "long protocol": append(right[:33:33], 255),
			"control": append(right[:33:33], 1, 0),
		} {
			s, err := cn.quic.OpenStream()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Write(b); err != nil {
				t.Fatal(err)
			}
			p.settle(proofTimeout + 2*refuseAfter)
			_ = s.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := s.Read(make([]byte, 1)); codeOf(err) != closeRefused {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := ra.Dial(t.Context(), p.b.Key(), "echo"); err != nil {
			t.Errorf("a stream that begins well: %v", err)
		}
		if m := rb.Members(); len(m) != 1 || m[0].State != Joined {
			t.Errorf("the room: %+v", m)
		}
	})
}

func TestFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, none := newFeed(3), make(chan struct{})
		for i := range 5 {
			f.Put(Mark{i})
		}
		out := f.ask(none)
		if f.ask(none) != out {
			t.Error("asked twice, two streams")
		}
		for i := range 10 {
			f.Put(Mark{5 + i})
		}
		f.end()
		f.Put(Mark{-1}) // too late
		next := 2
		for e := range out {
			if e.(Mark).For != next {
				t.Fatalf("%v, want %d", e, next)
			}
			next++
		}
		if next != 15 {
			t.Errorf("%d came out", next)
		}
	})
}
