package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"

	"github.com/pion/turn/v5"
)

const (
	user, password, realm = "lab", "lab", "lab"
	turnPort              = "3478"
	hubPort               = "4000"
)

func serve(ip string) error {
	packets, err := net.ListenPacket("udp4", net.JoinHostPort(ip, turnPort))
	if err != nil {
		return err
	}
	stream, err := net.Listen("tcp4", net.JoinHostPort(ip, turnPort))
	if err != nil {
		return err
	}
	relays := &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(ip), Address: ip}
	if _, err := turn.NewServer(turn.ServerConfig{
		Realm: realm,
		AuthHandler: func(r *turn.RequestAttributes) (string, []byte, bool) {
			return r.Username, turn.GenerateAuthKey(user, realm, password), r.Username == user
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: packets, RelayAddressGenerator: relays}},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: stream, RelayAddressGenerator: relays}},
	}); err != nil {
		return err
	}
	hub, err := net.Listen("tcp4", net.JoinHostPort(ip, hubPort))
	if err != nil {
		return err
	}
	fmt.Println("listening")
	return forward(hub)
}

// forward gives each line of one member to the other; one that comes later
// first gets what was said before.
func forward(hub net.Listener) error {
	var mu sync.Mutex
	said := map[net.Conn][]string{}
	for {
		c, err := hub.Accept()
		if err != nil {
			return err
		}
		mu.Lock()
		for _, lines := range said {
			for _, l := range lines {
				fmt.Fprintln(c, l)
			}
		}
		said[c] = nil
		mu.Unlock()
		go func() {
			for in := bufio.NewScanner(c); in.Scan(); {
				mu.Lock()
				said[c] = append(said[c], in.Text())
				for other := range said {
					if other != c {
						fmt.Fprintln(other, in.Text())
					}
				}
				mu.Unlock()
			}
			mu.Lock()
			delete(said, c)
			mu.Unlock()
			c.Close()
		}()
	}
}
