package bootnode

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// ErrNoAnswer says that no bootnode answered in time.
var ErrNoAnswer = errors.New("no bootnode answered")

// Check asks the bootnode at an address for a cookie, again and again until ctx
// ends, and returns the round-trip time and the key the bootnode showed (not
// proven: a cookie costs the bootnode no public-key work). The error is
// ErrNoAnswer or one of the connection, whose read deadline is left changed.
func Check(ctx context.Context, conn net.PacketConn, to net.Addr) (rtt time.Duration, key crypto.RunPublic, err error) {
	stop := context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, readSize)
	for wait := 250 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 2*time.Second) {
		f := wire.Hello{Nonce: wire.NewNonce()}
		sent := time.Now()
		if _, err := conn.WriteTo(f.Append(nil), to); err != nil {
			return 0, key, fmt.Errorf("asking the bootnode at %v: %w", to, err)
		}
		conn.SetReadDeadline(sent.Add(wait))
		if ctx.Err() != nil {
			break // its deadline may just have been overwritten
		}
		for {
			n, from, err := conn.ReadFrom(buf)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				return 0, key, fmt.Errorf("asking the bootnode at %v: %w", to, err)
			}
			got, err := wire.ParseCookieFrame(buf[:n])
			if err == nil && got.Nonce == f.Nonce && from.String() == to.String() {
				return time.Since(sent), got.Key, nil
			}
		}
	}
	return 0, key, fmt.Errorf("%w at %v", ErrNoAnswer, to)
}
