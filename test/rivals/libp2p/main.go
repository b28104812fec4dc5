// Libp2p is two members on go-libp2p, and the relay they need.
//
//	libp2p server IP             a relay on TCP and UDP port 4001
//	libp2p first|second IP       a member; the second says something
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"net"
	"os"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	relayv2 "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

const protocol = "/lab/1"

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: libp2p server|first|second IP")
	}
	// The lab's public addresses are those of the documentation.
	manet.Unroutable4 = slices.DeleteFunc(manet.Unroutable4, func(n *net.IPNet) bool {
		return n.Contains(net.ParseIP(os.Args[2]))
	})
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
	select {}
}

// identity is the same in each run: nobody has to be told who is who.
func identity(role string) (crypto.PrivKey, peer.ID, error) {
	seed := sha256.Sum256([]byte(role))
	key, _, err := crypto.GenerateEd25519Key(bytes.NewReader(seed[:]))
	if err != nil {
		return nil, "", err
	}
	id, err := peer.IDFromPrivateKey(key)
	return key, id, err
}

func run(role, ip string) error {
	key, _, err := identity(role)
	if err != nil {
		return err
	}
	if role == "server" {
		return serve(key, ip)
	}
	h, err := libp2p.New(libp2p.Identity(key), libp2p.EnableHolePunching(), libp2p.EnableRelay(), libp2p.ForceReachabilityPrivate(),
		libp2p.ListenAddrStrings("/ip4/0.0.0.0/udp/0/quic-v1", "/ip4/0.0.0.0/tcp/0"))
	if err != nil {
		return err
	}
	h.Network().Notify(&network.NotifyBundle{ConnectedF: func(_ network.Network, c network.Conn) { tell(c) }})
	relay, err := relayInfo(ip)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := h.Connect(ctx, relay); err != nil {
		return err
	}
	if role == "second" {
		return speak(ctx, h, relay)
	}
	h.SetStreamHandler(protocol, func(s network.Stream) {
		if _, err := s.Read(make([]byte, 100)); err == nil {
			fmt.Println("message")
		}
	})
	if _, err := client.Reserve(ctx, h, relay); err != nil {
		return err
	}
	// The observed address comes with the identification.
	time.Sleep(500 * time.Millisecond)
	fmt.Println("registered")
	return nil
}

func serve(key crypto.PrivKey, ip string) error {
	h, err := libp2p.New(libp2p.Identity(key), libp2p.ForceReachabilityPublic(),
		libp2p.ListenAddrStrings("/ip4/"+ip+"/udp/4001/quic-v1", "/ip4/"+ip+"/tcp/4001"))
	if err != nil {
		return err
	}
	if _, err := relayv2.New(h, relayv2.WithInfiniteLimits()); err != nil {
		return err
	}
	fmt.Println("listening")
	return nil
}

func relayInfo(ip string) (peer.AddrInfo, error) {
	_, id, err := identity("server")
	if err != nil {
		return peer.AddrInfo{}, err
	}
	return peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{
		ma.StringCast("/ip4/" + ip + "/udp/4001/quic-v1"), ma.StringCast("/ip4/" + ip + "/tcp/4001"),
	}}, nil
}

// speak reaches the first member through the relay and says something.
func speak(ctx context.Context, h host.Host, relay peer.AddrInfo) error {
	_, first, err := identity("first")
	if err != nil {
		return err
	}
	through := peer.AddrInfo{ID: first, Addrs: []ma.Multiaddr{ma.StringCast("/p2p/" + relay.ID.String() + "/p2p-circuit")}}
	if err := h.Connect(ctx, through); err != nil {
		return err
	}
	s, err := h.NewStream(network.WithAllowLimitedConn(ctx, "first message"), first, protocol)
	if err != nil {
		return err
	}
	_, err = s.Write([]byte("hello"))
	return err
}

// tell prints the kind of path of a new connection between members.
func tell(c network.Conn) {
	if _, server, err := identity("server"); err != nil || c.RemotePeer() == server {
		return
	}
	path := "direct"
	if _, err := c.RemoteMultiaddr().ValueForProtocol(ma.P_CIRCUIT); err == nil {
		path = "relay"
	}
	fmt.Println("path", path)
}
