package bootnode

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/internal/wire"
)

// Somebody who does not see the questions cannot make up an answer.
func TestCheckBelievesOnlyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(1, simnet.Link{Latency: 10 * time.Millisecond})
		defer n.Close()
		conn, _ := n.Internet.Host("a", "198.51.100.1").ListenPacket(1)
		server, _ := n.Internet.Host("b", "203.0.113.1").ListenPacket(9595)
		forger, _ := n.Internet.Host("c", "203.0.113.2").ListenPacket(9595)
		defer conn.Close()
		asked := 0
		go func() {
			buf := make([]byte, 200)
			for {
				m, from, err := server.ReadFrom(buf)
				if err != nil {
					return
				}
				f, err := wire.ParseHello(buf[:m])
				if err != nil {
					t.Error(err)
				}
				false1 := wire.CookieFrame{Key: crypto.RunPublic{1}}
				false2 := wire.CookieFrame{Nonce: f.Nonce, Key: crypto.RunPublic{2}}
				server.WriteTo(false1.Append(nil), from)
				forger.WriteTo(false2.Append(nil), from)
				if asked++; asked == 3 { // the first two answers are lost
					server.WriteTo(wire.CookieFrame{Nonce: f.Nonce, Key: crypto.RunPublic{3}}.Append(nil), from)
				}
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		to := &net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 9595}
		rtt, key, err := Check(ctx, conn, to)
		if err != nil || key != (crypto.RunPublic{3}) || rtt < 40*time.Millisecond || rtt > 50*time.Millisecond {
			t.Errorf("%v %v %v", rtt, key, err)
		}
		server.Close()
		forger.Close()
		began := time.Now()
		if _, _, err := Check(ctx, conn, to); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("nobody answers: %v", err)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("took %v", d)
		}
	})
}
