// Command pipe joins standard input and output with those of another pipe, over
// a stream to a member of a room: direct where the networks allow it.
//
//	SECRET=… pipe -bootnode HOST:PORT -room NAME >file          prints its key and waits
//	SECRET=… pipe -bootnode HOST:PORT -room NAME -to KEY <file
//
// The one who waits ends its output only when it has read everything, so that
// the other knows then that all has arrived. It takes whoever is in the room:
// without a SECRET that is anybody who knows the room's name.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gochat/crypto"
	"gochat/peer"
)

const protocol = "pipe/1"

func main() {
	bootnode := flag.String("bootnode", "localhost:9595", "where members meet, `HOST:PORT`")
	name := flag.String("room", "pipe", "the `NAME` of the room")
	to := flag.String("to", "", "the `KEY` that the other one printed; without it, wait for the other")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	if err := pipe(ctx, peer.Bootnode{Address: *bootnode}, peer.RoomConfig{Name: *name, Secret: os.Getenv("SECRET")}, *to); err != nil {
		log.Fatal("pipe: ", err)
	}
}

func pipe(ctx context.Context, bootnode peer.Bootnode, where peer.RoomConfig, to string) error {
	node, err := peer.Dial(ctx, peer.Config{Bootnodes: []peer.Bootnode{bootnode}, Unattended: true})
	if err != nil {
		return err
	}
	defer node.Close()
	room, err := node.Join(where)
	if err != nil {
		return err
	}
	if to == "" {
		return wait(ctx, room, node.Key())
	}
	key, err := crypto.ParsePublicKey(to)
	if err != nil {
		return err
	}
	conn, err := dial(ctx, room, key)
	if err != nil {
		return err
	}
	defer conn.Close()
	sent := make(chan error, 1)
	go func() { sent <- send(conn) }()
	if _, err := io.Copy(os.Stdout, conn); err != nil {
		return err
	}
	return upTo(ctx, sent) // the other has read it all, as it says by its end
}

// upTo waits for done, or until ctx ends: a read of standard input cannot be
// broken off.
func upTo(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dial opens the stream as soon as the member is here.
func dial(ctx context.Context, room *peer.Room, key crypto.PublicKey) (*peer.Conn, error) {
	for e := range room.Events() {
		if m, ok := e.(peer.MemberChanged); ok && m.Key == key && m.State.Here() {
			return room.Dial(ctx, key, protocol)
		}
	}
	return nil, cmp.Or(ctx.Err(), peer.ErrClosed)
}

// wait takes the first stream that comes.
func wait(ctx context.Context, room *peer.Room, own crypto.PublicKey) error {
	listener, err := room.Listen(protocol)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "pipe -to %v\n", own)
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	listener.Close() // one is enough
	read, written := make(chan error, 1), make(chan error, 1)
	go func() { _, err := io.Copy(os.Stdout, conn); read <- err }()
	go func() { _, err := io.Copy(conn, os.Stdin); written <- err }()
	if err := upTo(ctx, written); err != nil {
		return err
	}
	if err := <-read; err != nil {
		return err
	}
	if err := conn.(*peer.Conn).CloseWrite(); err != nil {
		return err
	}
	return gone(room, conn)
}

func send(conn *peer.Conn) error {
	if _, err := io.Copy(conn, os.Stdin); err != nil {
		return err
	}
	return conn.CloseWrite()
}

// gone waits until the other has left, which it does when it has read our end.
func gone(room *peer.Room, conn net.Conn) error {
	late := time.NewTimer(5 * time.Second)
	defer late.Stop()
	for {
		select {
		case e, open := <-room.Events():
			m, ok := e.(peer.MemberChanged)
			if !open || ok && m.Key == conn.RemoteAddr().(peer.Addr).Key && m.State == peer.Left {
				return nil
			}
		case <-late.C:
			return nil
		}
	}
}
