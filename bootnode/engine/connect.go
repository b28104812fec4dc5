package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"gochat/bootnode"
	"gochat/crypto"
)

// connect opens this process's connections to its own server and starts what
// reads and writes them; closeAll closes them, also after an error. Presence and relay have one each: on a shared one a
// flood of frames takes presence with it.
func (e *Engine) connect(ctx context.Context, workers *sync.WaitGroup) (closeAll func(), err error) {
	var open []*nats.Conn
	closeAll = func() {
		for _, c := range open {
			c.Close()
		}
	}
	dial := func(name, user string, more ...nats.Option) (*nats.Conn, error) {
		c, err := nats.Connect("", append([]nats.Option{
			nats.InProcessServer(e.srv), nats.Name(name), nats.UserInfo(user, e.gate.password),
			nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(0, 0), nats.RetryOnFailedConnect(false),
			nats.DisconnectErrHandler(func(*nats.Conn, error) {
				if ctx.Err() == nil {
					e.count.disconnects.Add(1)
				}
			}),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
				if errors.Is(err, nats.ErrSlowConsumer) && name != relayName {
					e.count.overruns.Add(1) // of the relay, frames are counted one by one
				}
			}),
			nats.CustomInboxPrefix(inboxPrefix + e.Self().String()),
		}, more...)...)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
		open = append(open, c)
		return c, nil
	}
	fail := func(err error) (func(), error) {
		return closeAll, err
	}
	presence, err := dial("presence", meshUser, nats.NoEcho())
	if err != nil {
		return fail(err)
	}
	relay, err := dial(relayName, meshUser, nats.NoEcho(), nats.ReconnectBufSize(-1))
	if err != nil {
		return fail(err)
	}
	if e.mail, err = dial("mail", ownUser); err != nil {
		return fail(err)
	}
	if e.cfg.StoreDir != "" {
		if e.own, err = dial("store", ownUser); err != nil {
			return fail(err)
		}
	}
	heard := make(chan *nats.Msg, natsQueue)
	if _, err := presence.ChanSubscribe(nodePrefix+"*", heard); err != nil {
		return fail(err)
	}
	carried := make(chan *nats.Msg, natsQueue)
	if e.carried, err = relay.ChanSubscribe(framePrefix+e.Self().String(), carried); err != nil {
		return fail(err)
	}
	workers.Go(func() { e.hear(ctx, heard) })
	workers.Go(func() { e.tell(ctx) })
	workers.Go(func() { e.carry(ctx, carried) })
	workers.Go(func() { e.say(ctx, presence, heard) })
	workers.Go(func() { e.send(ctx, relay) })
	return closeAll, nil
}

const (
	reconnectWait = 50 * time.Millisecond
	// natsQueue is between NATS' reader and ours, which only sorts.
	natsQueue = 1 << 14
	// lastFlush is how long an ending engine waits for its own server to take what
	// it says last.
	lastFlush = time.Second
	relayName = "relay"
)

// hear sorts messages of presence. It never waits for the bootnode: while that
// is busy they are queued, and beyond the queue's bounds lost and counted.
func (e *Engine) hear(ctx context.Context, heard <-chan *nats.Msg) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-heard:
			subject, ok := parseSubject(m.Subject)
			if !ok || len(m.Data) > maxMessage || !e.heard.put(bootnode.Message{Subject: subject, Data: m.Data}, len(m.Data)) {
				e.count.unheard.Add(1)
			}
		}
	}
}

// tell hands on what was heard.
func (e *Engine) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.heard.wake:
		}
		for _, m := range e.heard.take() {
			select {
			case <-ctx.Done():
				return
			case e.received <- m:
			}
		}
	}
}

// carry hands on relay frames, or drops them while the bootnode is busy.
func (e *Engine) carry(ctx context.Context, carried <-chan *nats.Msg) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-carried:
			if len(m.Data) > maxFrame {
				e.count.framesLost.Add(1)
				continue
			}
			select {
			case e.inbound <- m.Data:
			default:
				e.count.framesLost.Add(1)
			}
		}
	}
}

// say carries out what the bootnode wants of presence: what it watches, and what
// it publishes, in its order.
func (e *Engine) say(ctx context.Context, c *nats.Conn, heard chan *nats.Msg) {
	watched := map[crypto.RoomSubject]*nats.Subscription{}
	beacon := nodePrefix + e.Self().String()
	for {
		ended := false
		select {
		case <-ctx.Done():
			ended = true // the farewell may be among what waits
		case <-e.presence.wake:
		}
		messages := e.presence.take() // first: what was watched before them is among the changes
		lost := func(err error) {
			if err != nil && ctx.Err() == nil {
				e.count.presenceDropped.Add(1)
			}
		}
		for s, on := range e.watches.take() {
			var err error
			switch sub := watched[s]; {
			case on && sub == nil:
				if sub, err = c.ChanSubscribe(roomSubject(s), heard); err == nil {
					watched[s] = sub
				}
			case !on && sub != nil:
				err = sub.Unsubscribe()
				delete(watched, s)
			}
			lost(err)
		}
		for _, m := range messages {
			subject := beacon
			if m.subject != (crypto.RoomSubject{}) {
				subject = roomSubject(m.subject)
			}
			lost(c.Publish(subject, m.data))
		}
		if ended {
			_ = c.FlushTimeout(lastFlush) // an error: the others will miss this node, as after any other end
			return
		}
	}
}

// send writes relay frames at the rate allowed.
func (e *Engine) send(ctx context.Context, c *nats.Conn) {
	pace := newPace(e.cfg.RelayRate, time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-e.frames:
			if !pace.allow(len(f.data), time.Now()) || c.Publish(framePrefix+f.to.String(), f.data) != nil {
				e.count.framesDropped.Add(1)
				continue
			}
			e.count.framesSent.Add(1)
		}
	}
}
