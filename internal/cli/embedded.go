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
)

// embedded is the bootnode inside a member's process, for the LAN and those
// rooms that need one. It runs as long as there is such a room.
type embedded struct {
	log *slog.Logger

	opening sync.Mutex // one at a time opens or closes
	server  *server    // guarded by opening; nil: none

	mu    sync.Mutex
	rooms map[crypto.RoomTag]bool // that are served
}

// server is a bootnode that runs.
type server struct {
	key    crypto.RunPublic
	port   uint16
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// embeddedLog is where the embedded bootnode writes: it is no business of a
// user who did not ask for a log.
func (c *client) embeddedLog() *slog.Logger {
	if c.cfg.Given("log-level") || c.cfg.Given("log-file") {
		return c.log
	}
	return slog.New(slog.DiscardHandler)
}

// place is a room's part of the embedded bootnode. It is a lan.Server.
type place struct {
	*server
	in  *embedded
	tag crypto.RoomTag
}

// open gives a room a place, opening the bootnode at the port (0: any) if it is
// not open yet: else it stays where it is.
func (e *embedded) open(tag crypto.RoomTag, port uint16) (lan.Server, error) {
	e.opening.Lock()
	defer e.opening.Unlock()
	if e.server == nil {
		s, err := e.start(port)
		if err != nil {
			return nil, err
		}
		e.server = s
	}
	e.serve(tag, true)
	return &place{e.server, e, tag}, nil
}

// Close gives the place up; the last one's members are told.
func (p *place) Close() {
	e := p.in
	e.opening.Lock()
	defer e.opening.Unlock()
	if e.serve(p.tag, false) == 0 && e.server == p.server {
		e.server.cancel()
		e.server.done.Wait()
		e.server = nil
	}
}

func (s *server) Key() crypto.RunPublic { return s.key }
func (s *server) Port() uint16          { return s.port }

// serve notes whether newcomers of a room are taken, and returns how many rooms
// there are.
func (e *embedded) serve(tag crypto.RoomTag, on bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rooms == nil {
		e.rooms = map[crypto.RoomTag]bool{}
	}
	if on {
		e.rooms[tag] = true
	} else {
		delete(e.rooms, tag)
	}
	return len(e.rooms)
}

func (e *embedded) serves(tag crypto.RoomTag) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rooms[tag]
}

func (e *embedded) start(port uint16) (*server, error) {
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
		Conns: []udp.Conn{conn}, Key: key, AcceptSource: hood.Contains, Serves: e.serves, Logger: e.log,
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{key: key.Public(), port: conn.LocalAddr().Port(), cancel: cancel}
	s.done.Go(func() {
		if err := srv.Run(ctx); err != nil {
			e.log.Warn("the embedded bootnode stopped", "error", err)
		}
	})
	return s, nil
}
