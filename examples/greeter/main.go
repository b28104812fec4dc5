// Command greeter greets whoever joins the open room lobby. It is a member as
// short as one can be, and the one that README shows.
//
//	greeter HOST:PORT
package main

import (
	"context"
	"log"
	"os"

	"gochat/peer"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: greeter HOST:PORT")
	}
	node, err := peer.Dial(context.Background(), peer.Config{Nick: "greeter", Bootnodes: []peer.Bootnode{{Address: os.Args[1]}}})
	if err != nil {
		log.Fatal(err)
	}
	room, err := node.Join(peer.RoomConfig{Name: "lobby"})
	if err != nil {
		log.Fatal(err)
	}
	for e := range room.Events() {
		if m, ok := e.(peer.MemberChanged); ok && m.State == peer.Joined && m.Was != peer.Joined {
			_, _ = room.Send(peer.Text, "welcome, "+m.Nick)
		}
	}
}
