package front

import (
	"context"
	"time"

	"gochat/peer"
)

// DeliveryNow is what has become of the messages so far, without waiting.
func DeliveryNow(sess Session) Delivery {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return sess.Drain(ctx)
}

// DrainFor is sess.Drain for at most d, once all rooms are ready: nobody can be
// reached before.
func DrainFor(ctx context.Context, sess Session, d time.Duration) Delivery {
	for _, r := range sess.Rooms() {
		select {
		case <-r.Ready():
		case <-ctx.Done():
		}
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return sess.Drain(ctx)
}

// Leave is DeliveryNow, with all events handled that it counts.
func Leave(sess Session, handle func(peer.Event)) Delivery {
	d := DeliveryNow(sess)
	Rest(sess, handle)
	return d
}

// Rest handles all events up to now, by whoever reads sess.Events otherwise:
// what came about before the end is to be seen.
func Rest(sess Session, handle func(peer.Event)) {
	sess.Mark()
	for e := range sess.Events() {
		if _, now := e.(peer.Mark); now {
			return
		}
		handle(e)
	}
}
