package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrSubject says that a subject is not under MailPrefix.
	ErrSubject = errors.New("not a subject of mailboxes")
	// ErrNobody says that no node of this cluster serves a subject.
	ErrNobody = errors.New("no bootnode keeps mailboxes")
	// ErrNoStore says that this node keeps nothing.
	ErrNoStore = errors.New("this bootnode has no store")
)

// maxServing is how many requests of one subject are served at once.
const maxServing = 64

// Request asks whoever serves a subject under MailPrefix and waits for the first
// answer until ctx ends. Only this operator's nodes see the request: it carries
// what opens a box. The errors are ErrSubject, ErrNobody and those of ctx and NATS.
func (e *Engine) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	if err := e.mailReady(ctx, subject); err != nil {
		return nil, err
	}
	m, err := e.mail.RequestWithContext(ctx, subject, data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, ErrNobody
	case err != nil:
		return nil, fmt.Errorf("ask for a mailbox: %w", err)
	}
	return m.Data, nil
}

// Serve answers this cluster's requests under a subject until stop is called. Of
// several nodes in the same queue one gets each. The handler is called from several goroutines,
// and returns nil for no answer. The error is ErrSubject or one of ctx and NATS.
func (e *Engine) Serve(ctx context.Context, subject, queue string, handle func(data []byte) []byte) (stop func(), err error) {
	if err := e.mailReady(ctx, subject); err != nil {
		return nil, err
	}
	slots := make(chan struct{}, maxServing)
	sub, err := e.mail.QueueSubscribe(subject, queue, func(m *nats.Msg) {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			if reply := handle(m.Data); reply != nil && m.Reply != "" {
				m.Respond(reply) // the asker asks again if it is lost
			}
		}()
	})
	if err != nil {
		return nil, fmt.Errorf("serve mailboxes: %w", err)
	}
	return func() { sub.Unsubscribe() }, nil
}

func (e *Engine) mailReady(ctx context.Context, subject string) error {
	if !strings.HasPrefix(subject, MailPrefix) {
		return ErrSubject
	}
	return e.wait(ctx)
}

func (e *Engine) wait(ctx context.Context) error {
	select {
	case <-e.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// JetStream is the store of this node, or of its cluster, once the engine runs.
// Only this operator's nodes reach it. The error is ErrNoStore, or that of ctx.
func (e *Engine) JetStream(ctx context.Context) (jetstream.JetStream, error) {
	if e.cfg.StoreDir == "" {
		return nil, ErrNoStore
	}
	if err := e.wait(ctx); err != nil {
		return nil, err
	}
	return jetstream.New(e.own)
}
