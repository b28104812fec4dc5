package mesh

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// echo has a member send back what comes by streams.
func (m *member) echo() *peer.Listener {
	m.w.t.Helper()
	l, err := m.room.Listen("echo")
	if err != nil {
		m.w.t.Fatal(err)
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
			}()
		}
	}()
	return l
}

// asks opens a stream to a member and checks that it brings back what it sends.
func (m *member) asks(of *member, text string) *peer.Conn {
	m.w.t.Helper()
	c, err := m.room.Dial(m.w.t.Context(), of.id.Public(), "echo")
	if err != nil {
		m.w.t.Errorf("%s to %s: %v", m.name, of.name, err)
		return nil
	}
	m.echoes(c, text)
	return c
}

func (m *member) echoes(c *peer.Conn, text string) {
	m.w.t.Helper()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprint(c, text)
	b := make([]byte, len(text))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != text {
		m.w.t.Errorf("%s got %q back, %v", m.name, b, err)
	}
}

// A stream works over the relay, and shows no address that is kept back.
func TestStreamOverRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		w.hiding(peer.ToNobody)
		a := w.join("alice", w.net.Internet.Host("alice", "203.0.113.10"), 1)
		shown := w.outside(a)
		b := w.join("bob", w.net.Internet.Host("bob", "203.0.113.20"), 1)
		w.meet(5*time.Second, a, b)
		b.echo()
		c := a.asks(b, "by way of the relay")
		c.Close()
		if p := a.state(b).Path; p != peer.PathRelay || shown.Load() != 0 {
			t.Errorf("path %v, %d packets elsewhere", p, shown.Load())
		}
	})
}

// A stream lasts while the path under it comes and goes.
func TestStreamOverChangingPaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, simnet.Link{Latency: delay.Latency, Loss: 0.02})
		defer w.end()
		a := w.join("alice", w.net.Internet.Host("alice", "203.0.113.10"), 1)
		b := w.join("bob", w.net.Internet.Host("bob", "203.0.113.20"), 1)
		w.meet(5*time.Second, a, b)
		b.echo()
		c := a.asks(b, "early")
		w.eventually(20*time.Second, "a direct path", func() bool { return a.state(b).Path == peer.PathDirect })
		a.echoes(c, "directly")
		w.net.Cut(a.host, b.host) // the bootnode is still reached
		a.echoes(c, "around the cut")
		w.net.Mend(a.host, b.host)
		time.Sleep(time.Minute) // idle
		a.echoes(c, "again")
	})
}

// In a large room most pairs have no link; a stream makes a connection for
// itself, which goes when it is not needed any more.
func TestStreamInCrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("sixty members")
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		ms := w.crowd(0, 60)
		w.know(time.Minute, ms)
		w.shape(time.Minute, ms, 3, 40)
		var far *member
		for _, m := range ms[1:] {
			if ms[0].state(m).State == peer.Present && m.state(ms[0]).State == peer.Present {
				far = m
			}
		}
		if far == nil {
			t.Fatal("everybody is linked with the first")
		}
		far.echo()
		c := ms[0].asks(far, "across the room")
		if s := ms[0].node.Stats(); s.Connections != s.Links+1 {
			t.Errorf("%d connections with %d links", s.Connections, s.Links)
		}
		time.Sleep(2 * time.Minute) // it lasts as long as the stream
		ms[0].echoes(c, "still there")
		c.Close()
		w.eventually(time.Minute, "the connection goes", func() bool {
			s := ms[0].node.Stats()
			return s.Connections == s.Links
		})
	})
}
