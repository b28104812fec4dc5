package wsconn_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/wsconn"
)

const packetSize = 1280

var limits = wsconn.Limits{Packet: packetSize, First: 10 * time.Second, Idle: time.Minute}

// pipes is a network in memory: a listener and its dialer.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	from   string
}

type pipeConn struct {
	net.Conn
	remote net.Addr
}

func (c pipeConn) RemoteAddr() net.Addr { return c.remote }

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{}), from: "192.0.2.7:4000"}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	remote := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(p.from))
	select {
	case p.conns <- pipeConn{far, remote}:
		return pipeConn{near, &net.TCPAddr{}}, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// server runs a Server on a network in memory until the test's end.
func server(t *testing.T, change func(*wsconn.Server)) *pipes {
	t.Helper()
	p := newPipes()
	s := &wsconn.Server{
		Path: "/gochat", Limits: limits, Total: 10, PerSite: 10,
		Exempt: func(netip.Addr) bool { return false },
		Handle: func(ctx context.Context, c *wsconn.Conn) { // echoes
			_ = c.Run(ctx, func(p []byte) { c.Send(p) })
		},
	}
	if change != nil {
		change(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, p) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return p
}

func dial(t *testing.T, p *pipes) *wsconn.Conn {
	t.Helper()
	c, err := (&wsconn.Dialer{Limits: wsconn.Limits{Packet: packetSize}, DialContext: p.dial}).Dial(t.Context(), "ws://boot.example:9595/gochat")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// running runs a connection and hands out what comes.
func running(t *testing.T, c *wsconn.Conn) (packets <-chan string, ended <-chan error) {
	in, end := make(chan string, 1000), make(chan error, 1)
	go func() { end <- c.Run(context.Background(), func(p []byte) { in <- string(p) }) }()
	t.Cleanup(func() { c.Close() })
	return in, end
}

func TestPacketsBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, server(t, nil))
		packets, ended := running(t, c)
		for _, size := range []int{1, 125, 126, packetSize} {
			p := bytes.Repeat([]byte{byte(size)}, size)
			if !c.Send(p) {
				t.Fatalf("%d bytes refused", size)
			}
			clear(p) // Send keeps a copy
			if got := <-packets; got != strings.Repeat(string([]byte{byte(size)}), size) {
				t.Errorf("%d bytes came back as %d", size, len(got))
			}
		}
		for _, size := range []int{0, packetSize + 1} {
			if c.Send(make([]byte, size)) {
				t.Errorf("%d bytes were taken", size)
			}
		}
		c.Close()
		if err := <-ended; !errors.Is(err, wsconn.ErrClosed) {
			t.Errorf("ended with %v", err)
		}
		if c.Send([]byte("late")) {
			t.Error("a closed connection takes packets")
		}
	})
}

// What was queued before Close still arrives.
func TestLastWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := make(chan string, 10)
		p := server(t, func(s *wsconn.Server) {
			s.Handle = func(ctx context.Context, c *wsconn.Conn) {
				_ = c.Run(ctx, func(p []byte) { heard <- string(p) })
				close(heard)
			}
		})
		c := dial(t, p)
		c.Send([]byte("bye"))
		c.Send([]byte("bye again"))
		c.Close()
		_, ended := running(t, c)
		<-ended
		var all []string
		for s := range heard {
			all = append(all, s)
		}
		if fmt.Sprint(all) != "[bye bye again]" {
			t.Errorf("heard %q", all)
		}
	})
}

// A connection stays for hours while packets come now and then, and ends when
// none do, whatever pings are answered.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := make(chan error, 2)
		p := server(t, func(s *wsconn.Server) {
			s.Handle = func(ctx context.Context, c *wsconn.Conn) { why <- c.Run(ctx, func([]byte) {}) }
		})
		mute := dial(t, p)
		_, ended := running(t, mute)
		start := time.Now()
		if err := <-why; !errors.Is(err, wsconn.ErrIdle) || time.Since(start) != limits.First {
			t.Errorf("without a first packet: %v after %v", err, time.Since(start))
		}
		<-ended

		c := dial(t, p)
		_, ended = running(t, c)
		for range 500 {
			c.Send([]byte("x"))
			time.Sleep(50 * time.Second)
		}
		last := time.Now().Add(-50 * time.Second)
		if err := <-why; !errors.Is(err, wsconn.ErrIdle) || time.Since(last) != limits.Idle {
			t.Errorf("idle: %v after %v", err, time.Since(last))
		}
		<-ended
	})
}

// Who reads nothing gets the latest packets, holds up nobody, and is dropped.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := make(chan *wsconn.Conn, 1)
		why := make(chan error, 1)
		p := server(t, func(s *wsconn.Server) {
			s.Handle = func(ctx context.Context, c *wsconn.Conn) {
				for i := range 1000 {
					if !c.Send(binary.BigEndian.AppendUint32(make([]byte, packetSize-4), uint32(i))) {
						t.Error("refused")
					}
				}
				sent <- c
				why <- c.Run(ctx, func([]byte) {})
			}
		})
		raw := upgrade(t, p)
		defer raw.Close()
		c := <-sent
		if d := c.Dropped(); d < 800 || d > 900 {
			t.Errorf("%d of 1000 packets dropped", d)
		}
		start := time.Now()
		if err := <-why; err == nil || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// A peer that vanished without a word is noticed by the pings.
func TestVanishedPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		go func() {
			c, _ := p.Accept()
			q, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				_, _ = io.WriteString(c, acceptOf(q))
			}
			_, _ = io.Copy(io.Discard, c) // takes all, answers nothing
		}()
		_, ended := running(t, dial(t, p))
		start := time.Now()
		if err := <-ended; err == nil || time.Since(start) != 35*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// upgrade opens a raw connection and asks for a WebSocket.
func upgrade(t *testing.T, p *pipes) net.Conn {
	t.Helper()
	c, err := p.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 16)
	_, _ = rand.Read(key)
	go fmt.Fprintf(c, "GET /gochat HTTP/1.1\r\nHost: boot.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", base64.StdEncoding.EncodeToString(key))
	r, err := http.ReadResponse(bufio.NewReaderSize(oneByOne{c}, 16), nil)
	if err != nil || r.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("no upgrade: %v %v", r, err)
	}
	return c
}

type oneByOne struct{ io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(len(p), 1)]) }
