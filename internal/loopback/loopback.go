// Package loopback runs a bootnode on this machine, for tests and for the
// examples of package peer. No product imports it.
package loopback

import (
	"context"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/udp"
)

// Bootnode runs a bootnode at a free port of 127.0.0.1 until stop is called. It
// panics if that is not possible.
func Bootnode() (address string, stop func()) {
	conn, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	key, err := crypto.NewRunKey()
	if err != nil {
		panic(err)
	}
	s, err := bootnode.New(bootnode.Config{Conns: []udp.Conn{conn}, Key: key})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	address = conn.LocalAddr().String()
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			panic(err)
		}
	}()
	return address, func() { cancel(); <-done }
}
