package cli

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/lan"
	"gochat/internal/udp"
	"gochat/peer"
)

// findBootnodes keeps the node registered with bootnodes of this host and LAN,
// opening one where there is none, until ctx ends.
func (c *client) findBootnodes(ctx context.Context, s *session) {
	err := lan.Run(ctx, lan.Config{
		Room:        c.keys,
		Open:        func(port uint16) (lan.Server, error) { return openEmbedded(c.keys.Tag, port, c.log) },
		Use:         c.useTargets,
		Unreachable: s.unreachable,
		Logger:      c.log,
	})
	if err != nil {
		c.node.Notify(peer.Notice{Level: peer.Failure, Code: "lan",
			Text: "cannot look for others on this host and LAN: " + err.Error() + "; name a bootnode with --bootnode HOST:PORT"})
	}
}

// useTargets registers with the bootnodes found. Their keys come from adverts
// that only members can make, so another key is refused.
func (c *client) useTargets(targets []lan.Target) {
	var list []peer.Bootnode
	for _, t := range targets {
		list = append(list, peer.Bootnode{Address: t.Address, Key: t.Key, Strict: t.Key != (crypto.RunPublic{}), Embedded: true})
	}
	// An error means that the session is over.
	_ = c.node.SetBootnodes(list)
}

// embedded is a bootnode inside a member's process, for its room and the LAN.
type embedded struct {
	key    crypto.RunPublic
	port   uint16
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func openEmbedded(tag crypto.RoomTag, port uint16, log *slog.Logger) (*embedded, error) {
	key, err := crypto.NewRunKey()
	if err != nil {
		return nil, err
	}
	conn, err := udp.Listen(fmt.Sprintf(":%d", port))
	if err != nil {
		return nil, err
	}
	hood := &lan.Neighbourhood{}
	srv, err := bootnode.New(bootnode.Config{
		Conns: []udp.Conn{conn}, Key: key, AcceptSource: hood.Contains, Serves: func(t crypto.RoomTag) bool { return t == tag }, Logger: log,
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &embedded{key: key.Public(), port: conn.LocalAddr().Port(), cancel: cancel}
	e.done.Go(func() {
		if err := srv.Run(ctx); err != nil {
			log.Warn("the embedded bootnode stopped", "error", err)
		}
	})
	return e, nil
}

func (e *embedded) Key() crypto.RunPublic { return e.key }
func (e *embedded) Port() uint16          { return e.port }

// Close tells the members and ends it.
func (e *embedded) Close() {
	e.cancel()
	e.done.Wait()
}
