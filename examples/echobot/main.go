// Command echobot answers in a room: who writes "!echo TEXT" gets TEXT back, as a
// reply. It shows how a bot is written with package peer.
//
//	SECRET=… echobot -bootnode HOST:PORT -room NAME
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"gochat/peer"
)

func main() {
	bootnode := flag.String("bootnode", "localhost:9595", "where members meet, `HOST:PORT`")
	name := flag.String("room", "lobby", "the `NAME` of the room")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *bootnode, *name, os.Getenv("SECRET")); err != nil {
		log.Fatal("echobot: ", err)
	}
}

func run(ctx context.Context, bootnode, name, secret string) error {
	node, err := peer.Dial(ctx, peer.Config{Nick: "echobot", Bootnodes: []peer.Bootnode{{Address: bootnode}}})
	if err != nil {
		return err
	}
	defer node.Close()
	room, err := node.Join(peer.RoomConfig{Name: name, Secret: secret})
	if err != nil {
		return err
	}
	log.Printf("echobot: here as %s, key %s, in the room %s, by the bootnode %s; write !echo TEXT", node.Nick(), node.Key(), room.Name(), bootnode)
	for e := range room.Events() { // until ctx ends
		switch e := e.(type) {
		case peer.MemberChanged:
			if e.State != e.Was {
				fmt.Printf("%s is %v\n", e.Nick, e.State)
			}
		case peer.MessageEvent:
			// Not what we said: the answer to "!echo !echo x" would be answered.
			text, ours := strings.CutPrefix(e.Text, "!echo ")
			if !ours || e.Own {
				continue
			}
			if _, err := room.Reply(e.ID, peer.Text, text); err != nil {
				log.Print("echobot: no answer was sent: ", err)
			}
		}
	}
	return node.Close()
}
