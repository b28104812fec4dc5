package peer_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"time"

	"gochat/internal/loopback"
	"gochat/peer"
)

// Two members of a room: one says something, the other answers.
func Example() {
	address, stop := loopback.Bootnode() // in earnest: a bootnode's HOST:PORT
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	join := func(nick string) (*peer.Node, *peer.Room) {
		node, err := peer.Dial(ctx, peer.Config{Nick: nick, Bootnodes: []peer.Bootnode{{Address: address}}})
		if err != nil {
			log.Fatal(err)
		}
		room, err := node.Join(peer.RoomConfig{Name: "kitchen", Secret: "correct horse"})
		if err != nil {
			log.Fatal(err)
		}
		return node, room
	}
	alice, kitchen := join("alice")
	defer alice.Close()
	bob, his := join("bob")
	defer bob.Close()

	if _, err := kitchen.Send(peer.Text, "is anybody here?"); err != nil {
		log.Fatal(err)
	}
	for e := range his.Events() { // bob
		if m, ok := e.(peer.MessageEvent); ok && !m.Own {
			fmt.Printf("%s: %s\n", m.Nick, m.Text)
			if _, err := his.Send(peer.Text, "I am"); err != nil {
				log.Fatal(err)
			}
			break
		}
	}
	for e := range kitchen.Events() { // alice
		if m, ok := e.(peer.MessageEvent); ok && !m.Own {
			fmt.Printf("%s: %s\n", m.Nick, m.Text)
			break
		}
	}
	// Output:
	// alice: is anybody here?
	// bob: I am
}

// A stream to a member, as a net.Conn: encrypted and authenticated, direct where
// the networks between allow it, and relayed elsewhere.
func ExampleRoom_Dial() {
	address, stop := loopback.Bootnode() // in earnest: a bootnode's HOST:PORT
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	server, err := peer.Dial(ctx, peer.Config{Nick: "server", Bootnodes: []peer.Bootnode{{Address: address}}})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	room, err := server.Join(peer.RoomConfig{Name: "workshop", Secret: "correct horse"})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := room.Listen("upper/1")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		text, err := io.ReadAll(conn) // until the other end's CloseWrite
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(conn, "%d bytes from a member", len(text))
		conn.Close()
	}()

	client, err := peer.Dial(ctx, peer.Config{Nick: "client", Bootnodes: []peer.Bootnode{{Address: address}}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	room, err = client.Join(peer.RoomConfig{Name: "workshop", Secret: "correct horse"})
	if err != nil {
		log.Fatal(err)
	}
	for e := range room.Events() {
		if m, ok := e.(peer.MemberChanged); !ok || m.Key != server.Key() || !m.State.Here() {
			continue // until the server is here
		}
		break
	}
	conn, err := room.Dial(ctx, server.Key(), "upper/1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprint(conn, "hello")
	if err := conn.CloseWrite(); err != nil {
		log.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer))
	// Output:
	// 5 bytes from a member
}
