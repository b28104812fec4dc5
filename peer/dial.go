package peer

import (
	"context"
	"fmt"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/internal/udp"
)

// Dial makes a Node and runs it until ctx ends or Close is called. What Config
// leaves out, it adds: an identity for this run alone, a socket, the time as the
// number of the run. It waits for nobody: rooms can be joined at once, and
// whether a bootnode answers is told by Node.Events. Each room tells its own
// events (Config.RoomEvents).
func Dial(ctx context.Context, cfg Config) (*Node, error) {
	if cfg.Nick != "" {
		if err := text.ValidNick(cfg.Nick); err != nil {
			return nil, fmt.Errorf("the nick %q: %w", cfg.Nick, err)
		}
	}
	if cfg.Identity == nil {
		id, err := crypto.NewIdentity()
		if err != nil {
			return nil, err
		}
		cfg.Identity = id
	}
	if cfg.RunNumber == 0 {
		cfg.RunNumber = uint64(max(time.Now().UnixMilli(), 1))
	}
	if cfg.Socket == nil {
		sock, err := udp.Lasting(0, func(port uint16) (udp.Conn, error) { return udp.Listen(fmt.Sprintf(":%d", port)) })
		if err != nil {
			return nil, fmt.Errorf("cannot open a UDP socket: %w", err)
		}
		cfg.Socket = sock
		if cfg.OpenSocket == nil {
			cfg.OpenSocket = func(port uint16) (udp.Conn, error) { return udp.Listen(fmt.Sprintf("0.0.0.0:%d", port)) }
		}
	}
	cfg.RoomEvents = true
	n, err := New(cfg)
	if err != nil {
		cfg.Socket.Close()
		return nil, err
	}
	ctx, n.stop = context.WithCancel(ctx)
	go func() {
		defer n.stop()
		defer close(n.finished)
		n.err = n.Run(ctx)
	}()
	return n, nil
}

// Close ends a Node that Dial made: the others are told goodbye, streams are cut
// off. It returns when all has ended, with the error that ended the Node before,
// if one did.
func (n *Node) Close() error {
	n.stop()
	<-n.finished
	return n.err
}
