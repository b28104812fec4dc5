package engine

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"gochat/bootnode"
	"gochat/crypto"
)

// Engine is one node's part in the mesh. It implements bootnode.Mesh.
type Engine struct {
	cfg         Config
	log         *slog.Logger
	gate        *gate
	certificate CertificateSource
	pin         Pin // of the own certificate made from the key

	watches  *watches
	presence *queue[outgoing]         // to the mesh
	heard    *queue[bootnode.Message] // from it
	frames   chan outgoingFrame       // to the mesh
	received chan bootnode.Message
	inbound  chan []byte
	count    counters

	ready   chan struct{} // closed when what stands below is there
	srv     *server.Server
	carried *nats.Subscription // relay frames
	mail    *nats.Conn         // requests about mailboxes, within the cluster
	own     *nats.Conn         // JetStream; nil without a store

	notes *natsLog // what NATS tells in no other way

	mu     sync.Mutex
	links  map[uint64]time.Time        // leafnode links, by NATS' number, since when
	routed map[string]bool             // servers of the cluster to which there is a link, by NATS' id of their present run
	loops  map[loopKey]Loop            // the latest of each
	cut    map[crypto.NodeID]time.Time // nodes whose link was cut because they may not come any longer
	places map[string]place            // what was found at addresses of the settings

	looking   sync.Mutex // held by whoever looks at the links: each second, and on a reload
	formsAt   time.Time  // when subjects of leafnode links were looked at
	cutToldAt time.Time  // when the log was told last of a link cut for its subjects

	current atomic.Pointer[[]bootnode.Link]
}

const (
	startTime = 10 * time.Second
	startStep = 100 * time.Millisecond
)

// ErrStart says that NATS did not start.
var ErrStart = errors.New("the engine between bootnodes did not start")

// New checks the configuration; its errors are ErrConfig. Nothing runs before Run.
func New(cfg Config) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.RelayRate == 0 {
		cfg.RelayRate = defaultRelay
	}
	if cfg.StoreMax == 0 {
		cfg.StoreMax = defaultStore
	}
	e := &Engine{
		cfg: cfg, log: cfg.Logger, certificate: cfg.Certificate,
		watches: newWatches(), presence: newQueue[outgoing](), heard: newQueue[bootnode.Message](), frames: make(chan outgoingFrame, frameQueue),
		received: make(chan bootnode.Message, receivedQueue), inbound: make(chan []byte, frameQueue),
		ready: make(chan struct{}), links: map[uint64]time.Time{}, loops: map[loopKey]Loop{}, cut: map[crypto.NodeID]time.Time{}, places: map[string]place{},
	}
	e.notes = &natsLog{log: e.log, loop: e.looped, stranger: func() { e.count.strangers.Add(1) }, dialled: cfg.dialled(), self: e.Self().String()}
	e.gate = newGate(cfg.FedAllow, func(stranger crypto.NodeID) {
		e.log.Warn("a bootnode that nobody let in was refused; to let it in, add its key to the list of --fed-allow and reload", "node", stranger.String())
	})
	if e.certificate == nil {
		cert, err := selfSigned(derive(cfg.Key.private.Seed(), "node tls"))
		if err != nil {
			return nil, err
		}
		e.pin = keyPin(cert.Leaf)
		e.certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	return e, nil
}

// Self is this node's key.
func (e *Engine) Self() bootnode.NodeID { return e.cfg.Key.id }

// Sign signs with the node's key.
func (e *Engine) Sign(msg []byte) [crypto.NodeSignatureSize]byte {
	return [crypto.NodeSignatureSize]byte(ed25519.Sign(e.cfg.Key.private, msg))
}

// Run serves until ctx ends. It can be called once.
func (e *Engine) Run(ctx context.Context) error {
	opts, err := e.options()
	if err != nil {
		return err
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	srv.SetLoggerV2(e.notes, false, false, false)
	if err := e.openGate(srv); err != nil {
		return err
	}
	var all sync.WaitGroup
	all.Go(srv.Start) // returns when clients are no longer accepted
	defer all.Wait()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	if err := started(srv, e.notes); err != nil {
		return err
	}
	if err := e.openStore(srv); err != nil {
		return err
	}
	e.srv = srv
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	closeAll := func() {}
	defer func() { closeAll() }() // last, so that what was published before the end still leaves
	defer workers.Wait()
	defer cancel()
	if closeAll, err = e.connect(ctx, &workers); err != nil {
		return err
	}
	workers.Go(func() { e.survey(ctx) })
	close(e.ready)
	e.announce()
	e.sweep(time.Now())
	ticks := time.NewTicker(sweepInterval)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticks.C:
			e.sweep(now)
			e.checkSubscriptions(now, maxLeafSubscriptions)
		}
	}
}

// started waits until NATS listens wherever it should.
func started(srv *server.Server, log *natsLog) error {
	for waited := time.Duration(0); waited < startTime; waited += startStep {
		ready := srv.ReadyForConnections(startStep)
		if why := log.firstFatal(); why != "" {
			return fmt.Errorf("%w: %s", ErrStart, why)
		}
		if ready {
			return nil
		}
	}
	return fmt.Errorf("%w within %s", ErrStart, startTime)
}

// openStore lets the account that stays within the cluster use JetStream.
func (e *Engine) openStore(srv *server.Server) error {
	if e.cfg.StoreDir == "" {
		return nil
	}
	account, err := srv.LookupAccount(ownAccount)
	if err == nil {
		err = account.EnableJetStream(nil, nil)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	return nil
}

// openGate tells the gate the server's accounts.
func (e *Engine) openGate(srv *server.Server) error {
	accounts := map[string]*server.Account{}
	for user, name := range map[string]string{meshUser: meshAccount, ownUser: ownAccount} {
		account, err := srv.LookupAccount(name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrStart, err)
		}
		accounts[user] = account
	}
	e.gate.open(accounts)
	return nil
}

// announce says what others need to know of this node.
func (e *Engine) announce() {
	e.log.Info("node key, for --fed-allow of others", "node", e.Self().String())
	if e.cfg.FedListen != "" {
		if len(e.cfg.FedAllow) == 0 {
			e.log.Warn("no other bootnode may come yet: add the node keys of those that may to the list of --fed-allow, one a line, and reload")
		}
		attrs := []any{"url", e.FedURL()}
		if pin, ok := e.Pin(); ok {
			attrs = append(attrs, "pin", pin.String())
		}
		e.log.Info("other bootnodes may come, with --uplink and --uplink-pin", attrs...)
	}
}

// Ready is closed when the engine runs.
func (e *Engine) Ready() <-chan struct{} { return e.ready }

// Pin is that of the certificate made from the node key; ok is false if another is shown.
func (e *Engine) Pin() (pin Pin, ok bool) { return e.pin, e.cfg.Certificate == nil }

// FedURL is where other operators' nodes come, "" if nowhere. It is known once Ready.
func (e *Engine) FedURL() string {
	if e.cfg.FedListen == "" || !e.running() {
		return ""
	}
	return e.srv.WebsocketURL()
}

// ClusterAddr is where the operator's other nodes come, "" if nowhere. It is known once Ready.
func (e *Engine) ClusterAddr() string {
	if !e.running() {
		return ""
	}
	if a := e.srv.ClusterAddr(); a != nil {
		return a.String()
	}
	return ""
}

func (e *Engine) running() bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}
