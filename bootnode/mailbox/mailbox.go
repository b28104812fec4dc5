package mailbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/internal/wire"
)

// Config is what a Mailbox is made of.
type Config struct {
	Engine *engine.Engine // that somebody runs
	Store  bool           // this node keeps mail; else another one of the cluster may

	Keep     time.Duration // how long an object is kept
	MaxBytes int64         // of all boxes
	PerBox   int           // objects in one box
	Replicas int           // nodes of the cluster that have a copy; 0: one
	Logger   *slog.Logger  // nil: none
}

const (
	subject = engine.MailPrefix + "ask"
	queue   = "mail"

	workers    = 16
	waiting    = 1024 // requests and answers on their way
	askTime    = 5 * time.Second
	openRetry  = time.Second
	openTime   = 3 * time.Second
	settling   = 15 * time.Second // a cluster that starts needs it to find its majority
	counting   = 10 * time.Second // between two looks at how much is kept
	complainAt = time.Minute      // between two complaints about the store
)

// errNoMajority is what keeps a cluster's store from working while every node that is
// asked still answers.
var errNoMajority = errors.New("the nodes that keep a copy have no leader: most of them have to be there")

// Mailbox is a bootnode.Mail. Run does the work.
type Mailbox struct {
	cfg      Config
	requests chan bootnode.MailRequest
	answers  chan bootnode.MailAnswer

	opened chan struct{} // closed when the store is open
	store  *store        // then

	mu         sync.Mutex
	complained time.Time
	usage      Usage
}

// Usage is what lies in a mailbox: of a cluster, in all of it.
type Usage struct {
	Objects, Bytes uint64    // at the last look that succeeded
	Failing        time.Time // since when looks fail; zero: the store works
}

// New makes a mailbox; nothing happens before Run.
func New(cfg Config) *Mailbox {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Mailbox{
		cfg: cfg, requests: make(chan bootnode.MailRequest, waiting), answers: make(chan bootnode.MailAnswer, waiting),
		opened: make(chan struct{}),
	}
}

// Ask is as in bootnode.Mail.
func (m *Mailbox) Ask(r bootnode.MailRequest) bool {
	select {
	case m.requests <- r:
		return true
	default:
		return false
	}
}

// Answers is as in bootnode.Mail.
func (m *Mailbox) Answers() <-chan bootnode.MailAnswer { return m.answers }

// Keep is as in bootnode.Mail; 0 without a store: another node's settings
// decide.
func (m *Mailbox) Keep() time.Duration {
	if !m.cfg.Store {
		return 0
	}
	return m.cfg.Keep
}

// Stores reports whether this node keeps mail itself.
func (m *Mailbox) Stores() bool { return m.cfg.Store }

// Run works until ctx ends.
func (m *Mailbox) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	if m.cfg.Store {
		m.fails(time.Now()) // until it is open
		all.Go(func() { m.open(ctx) })
	}
	for range workers {
		all.Go(func() { m.work(ctx) })
	}
	<-ctx.Done()
}

// open opens the store, again and again until it succeeds: a cluster may not
// have its majority yet. Then other nodes' requests are served, too.
func (m *Mailbox) open(ctx context.Context) {
	for began := time.Now(); ; {
		s, err := m.tryOpen(ctx)
		if err == nil {
			m.store = s
			close(m.opened)
			break
		}
		if time.Since(began) > settling {
			m.complain(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(openRetry):
		}
	}
	m.cfg.Logger.Info("the mailbox is open", "keep", m.cfg.Keep, "bytes", m.cfg.MaxBytes, "per_box", m.cfg.PerBox, "replicas", max(m.cfg.Replicas, 1))
	stop, err := m.cfg.Engine.Serve(ctx, subject, queue, func(data []byte) []byte { return m.serve(ctx, data) })
	if err != nil {
		m.complain(err)
		return
	}
	defer stop()
	ticks := time.NewTicker(counting)
	defer ticks.Stop()
	for m.count(ctx); ; m.count(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// count looks how much is kept.
func (m *Mailbox) count(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	info, err := m.store.stream.Info(ctx)
	if err == nil && info.Cluster != nil && info.Cluster.Leader == "" {
		err = errNoMajority
	}
	if err != nil {
		m.fails(time.Now())
		m.complain(err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage = Usage{Objects: info.State.Msgs, Bytes: info.State.Bytes}
}

// fails notes that the store does not work, if that is not known.
func (m *Mailbox) fails(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.usage.Failing.IsZero() {
		m.usage.Failing = now
	}
}

// Usage is how much was kept at the last look, and whether it succeeded.
func (m *Mailbox) Usage() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage
}

func (m *Mailbox) tryOpen(ctx context.Context) (*store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	js, err := m.cfg.Engine.JetStream(ctx)
	if err != nil {
		return nil, err
	}
	return openStore(ctx, js, &m.cfg)
}

func (m *Mailbox) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-m.requests:
			a := m.do(ctx, &r)
			a.Ref = r.Ref
			select {
			case m.answers <- a:
			case <-ctx.Done():
				return
			}
		}
	}
}

// do does a request, here or elsewhere.
func (m *Mailbox) do(ctx context.Context, r *bootnode.MailRequest) bootnode.MailAnswer {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if m.cfg.Store {
		return m.doHere(ctx, r)
	}
	reply, err := m.cfg.Engine.Request(ctx, subject, appendRequest(nil, r))
	if err == nil {
		var a bootnode.MailAnswer
		if a, err = parseAnswer(reply); err == nil {
			return a
		}
	}
	if errors.Is(err, engine.ErrNobody) {
		return bootnode.MailAnswer{Status: wire.BoxOff}
	}
	m.complain(err)
	return bootnode.MailAnswer{Status: wire.BoxBusy}
}

func (m *Mailbox) doHere(ctx context.Context, r *bootnode.MailRequest) bootnode.MailAnswer {
	select {
	case <-m.opened:
	case <-ctx.Done():
		return bootnode.MailAnswer{Status: wire.BoxBusy}
	}
	a, err := m.store.do(ctx, r)
	if err != nil {
		m.complain(err)
	}
	return a
}

// serve answers another node; nil: it asked for nothing sensible.
func (m *Mailbox) serve(ctx context.Context, data []byte) []byte {
	r, err := parseRequest(data)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	a := m.doHere(ctx, &r)
	return appendAnswer(nil, &a)
}

// complain logs that the store does not do what it should, now and then.
func (m *Mailbox) complain(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); m.complained.IsZero() || now.Sub(m.complained) >= complainAt {
		m.complained = now
		m.cfg.Logger.Warn("the mailbox does not work at the moment; members try again", "error", err)
	}
}
