package wsconn_test

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/wsconn"
)

func acceptOf(q *http.Request) string {
	sum := sha1.Sum([]byte(q.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
}

// frame is a masked frame of RFC 6455 with the mask 0.
func frame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// packets is what a server takes from raw bytes behind the handshake, and why it
// hangs up.
func packets(t *testing.T, raw []byte) (got []int, why error) {
	ended := make(chan error, 1)
	p := server(t, func(s *wsconn.Server) {
		s.Handle = func(ctx context.Context, c *wsconn.Conn) {
			ended <- c.Run(ctx, func(p []byte) { got = append(got, len(p)) })
		}
	})
	c := upgrade(t, p)
	defer c.Close()
	go io.Copy(io.Discard, c)
	go c.Write(raw)
	return got, <-ended
}

func TestHostileFrames(t *testing.T) {
	const fin, text, binaryMsg, more = 0x80, 1, 2, 0
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	big := make([]byte, packetSize)
	for name, tc := range map[string]struct {
		raw  []byte
		want int // packets
	}{
		"garbage":            {[]byte(strings.Repeat("\xff\xff", 100)), 0},
		"text":               {frame(fin|text, []byte("hello")), 0},
		"largest":            {join(frame(fin|binaryMsg, big), frame(fin|text, nil)), 1},
		"oversized":          {frame(fin|binaryMsg, append(big, 0)), 0},
		"fragments":          {join(frame(binaryMsg, big[:10]), frame(more, nil), frame(fin|more, big[:10]), frame(fin|text, nil)), 1},
		"oversized together": {join(frame(binaryMsg, big), frame(fin|more, big[:1])), 0},
		"announced only":     {[]byte{fin | binaryMsg, 0x80 | 127, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0}, 0},
		"endless fragments":  {frame(binaryMsg, big[:1]), 0},
		"empty":              {join(frame(fin|binaryMsg, nil), frame(fin|text, nil)), 0},
		"reserved bits":      {frame(fin|0x70|binaryMsg, big[:1]), 0},
		"unmasked":           {[]byte{fin | binaryMsg, 1, 'x'}, 0},
		"long ping":          {frame(fin|9, big[:126]), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := packets(t, tc.raw)
				if len(got) != tc.want {
					t.Errorf("packets of %v bytes", got)
				}
				if err == nil {
					t.Error("no reason")
				}
			})
		})
	}
}

// Requests that are none for a WebSocket are refused at once, and those that
// never end are not waited for.
func TestHostileRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		request string
		status  string // beginning of the answer
	}{
		"another path":  {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"},
		"no upgrade":    {"GET /gochat HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 426"},
		"a web page":    {"GET /gochat HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", "HTTP/1.1 403"},
		"garbage":       {"\x16\x03\x01\x02\x00\x01\r\n\r\n", "HTTP/1.1 400"},
		"a huge header": {"GET /gochat HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "HTTP/1.1 431"},
		"slow":          {"GET /gochat HTTP/1.1\r\nHost:", ""},
		"silent":        {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := server(t, nil).dial(t.Context(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				start := time.Now()
				go io.WriteString(c, tc.request)
				answer, _ := io.ReadAll(c)
				if !strings.HasPrefix(string(answer), tc.status) {
					t.Errorf("answered %.60q", answer)
				}
				if took := time.Since(start); took > 6*time.Second {
					t.Errorf("held for %v", took)
				}
			})
		})
	}
}

// No more connections are let in than the limits say, and their places are free
// again when they end.
func TestConnectionLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := server(t, func(s *wsconn.Server) {
			s.Total, s.PerSite = 5, 2
			s.Exempt = netip.Addr.IsLoopback
			s.Accept = func(a netip.Addr) bool { return a != netip.MustParseAddr("192.0.2.66") }
		})
		open := func(from string) *wsconn.Conn {
			p.from = from
			c, err := (&wsconn.Dialer{Limits: limits, DialContext: p.dial}).Dial(t.Context(), "ws://x/gochat")
			if err != nil {
				return nil
			}
			running(t, c)
			return c
		}
		for _, step := range []struct {
			from string
			ok   bool
		}{
			{"192.0.2.66:1", false}, // not served
			{"192.0.2.1:1", true}, {"192.0.2.1:2", true}, {"192.0.2.1:3", false},
			{"[2001:db8::1]:1", true}, {"[2001:db8::2]:1", true}, {"[2001:db8::3]:1", false}, // one /64
			{"127.0.0.1:1", true}, {"127.0.0.1:2", false}, // in all
		} {
			if got := open(step.from) != nil; got != step.ok {
				t.Errorf("%s: let in %v", step.from, got)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := server(t, func(s *wsconn.Server) { s.Total, s.PerSite = 1, 1 })
		for range 20 {
			c := dial(t, p)
			_, ended := running(t, c)
			c.Close()
			if err := <-ended; !errors.Is(err, wsconn.ErrClosed) {
				t.Fatal(err)
			}
			synctest.Wait()
		}
	})
}

// FuzzFrames throws bytes at a server behind the handshake.
func FuzzFrames(f *testing.F) {
	f.Add(frame(0x82, []byte("packet")))
	f.Add(append(frame(0x02, []byte("in")), frame(0x80, []byte("parts"))...))
	f.Add(append(frame(0x89, []byte("ping")), frame(0x88, nil)...))
	f.Add([]byte{0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		synctest.Test(t, func(t *testing.T) {
			got, why := packets(t, raw)
			if why == nil {
				t.Error("no reason")
			}
			for _, n := range got {
				if n == 0 || n > packetSize {
					t.Errorf("a packet of %d bytes", n)
				}
			}
		})
	})
}
