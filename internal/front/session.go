package front

import (
	"context"
	"time"
)

// DeliveryNow is what has become of the messages so far, without waiting.
func DeliveryNow(sess Session) Delivery {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return sess.Drain(ctx)
}

// DrainFor is sess.Drain for at most d.
func DrainFor(ctx context.Context, sess Session, d time.Duration) Delivery {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return sess.Drain(ctx)
}
