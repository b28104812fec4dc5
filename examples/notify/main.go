// Command notify says one thing in a room and waits until somebody has it: for
// the end of a build, or an alarm. Its exit code is that of gochat send, which
// does the same from a script: 0 when it was delivered, 4 when nobody got it.
//
//	SECRET=… notify -bootnode HOST:PORT -room NAME "build 42 failed"
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"strings"
	"time"

	"gochat/peer"
)

var errNobody = errors.New("nobody has received it; is anybody in the room, and is its secret right?")

func main() {
	bootnode := flag.String("bootnode", "localhost:9595", "where members meet, `HOST:PORT`")
	name := flag.String("room", "ci", "the `NAME` of the room")
	timeout := flag.Duration("timeout", 10*time.Second, "how long to wait for somebody to receive it")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	err := notify(ctx, *bootnode, peer.RoomConfig{Name: *name, Secret: os.Getenv("SECRET")}, strings.Join(flag.Args(), " "))
	switch {
	case errors.Is(err, errNobody):
		log.Print("notify: ", err)
		os.Exit(4)
	case err != nil:
		log.Fatal("notify: ", err)
	}
}

func notify(ctx context.Context, bootnode string, to peer.RoomConfig, text string) error {
	// The context of Dial ends the Node, which must say goodbye in any case.
	node, err := peer.Dial(context.WithoutCancel(ctx), peer.Config{
		Nick: "notify", Bootnodes: []peer.Bootnode{{Address: bootnode}}, Unattended: true,
	})
	if err != nil {
		return err
	}
	defer node.Close()
	room, err := node.Join(to)
	if err != nil {
		return err
	}
	id, err := room.Send(peer.Text, text)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return errNobody
		case e, open := <-room.Events():
			if !open {
				return node.Close()
			}
			if d, ok := e.(peer.Delivered); ok && d.ID == id && d.Delivered > 0 {
				return nil
			}
		}
	}
}
