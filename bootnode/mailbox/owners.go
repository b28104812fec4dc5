package mailbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"gochat/crypto"
)

const (
	ownersName   = "OWNERS"
	ownersPrefix = "owner."
	// ownerLife is for how long somebody who does not come is waited for. Members
	// leave nothing for those they have not heard of for 30 days.
	ownerLife = 35 * 24 * time.Hour
	// ownerAgain is how old the word of an owner is when a newer one replaces it.
	ownerAgain = 24 * time.Hour
	// maxOwners bounds the boxes that are known: who has not come for the longest
	// time is forgotten first. One takes 70 bytes on disk.
	maxOwners = 1 << 18
	// maxRecalled is how many of them are remembered in memory.
	maxRecalled = 1 << 16
)

// owners is for which boxes somebody came: only those take anything. It is a
// stream, one subject for each box, whose messages are empty: when the last one
// came tells when the owner was last here.
type owners struct {
	js     jetstream.JetStream
	stream jetstream.Stream

	mu       sync.Mutex
	recalled map[crypto.BoxID]time.Time // when they came; not all
}

// openOwners makes the stream, or gives it new limits.
func openOwners(ctx context.Context, js jetstream.JetStream, cfg *Config) (*owners, error) {
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: ownersName, Subjects: []string{ownersPrefix + "*"},
		Description: "boxes that somebody came for",
		Storage:     jetstream.FileStorage, Replicas: max(cfg.Replicas, 1),
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxMsgsPerSubject: 1, MaxMsgs: maxOwners, MaxBytes: -1,
		MaxAge: max(ownerLife, cfg.Keep), MaxMsgSize: headerRoom,
		AllowDirect: false, // as with the objects: a copy may be late
	})
	if err != nil {
		return nil, fmt.Errorf("open the list of boxes: %w", err)
	}
	return &owners{js: js, stream: stream, recalled: map[crypto.BoxID]time.Time{}}, nil
}

func ownerOf(box crypto.BoxID) string { return ownersPrefix + hex.EncodeToString(box[:]) }

// known is when somebody last came for a box; zero: nobody ever did.
func (o *owners) known(ctx context.Context, box crypto.BoxID) (time.Time, error) {
	o.mu.Lock()
	at := o.recalled[box]
	o.mu.Unlock()
	if time.Since(at) < ownerAgain {
		return at, nil
	}
	m, err := o.stream.GetLastMsgForSubject(ctx, ownerOf(box))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look for a box: %w", err)
	}
	o.recall(box, m.Time)
	return m.Time, nil
}

// came notes that the owner of a box is here. A box that is new becomes known
// only if it is admitted, and fresh tells that it did.
func (o *owners) came(ctx context.Context, box crypto.BoxID, admit bool) (fresh, known bool, err error) {
	at, err := o.known(ctx, box)
	if err != nil || at.IsZero() && !admit {
		return false, false, err
	}
	if time.Since(at) < ownerAgain {
		return false, true, nil
	}
	if _, err := o.js.Publish(ctx, ownerOf(box), nil, jetstream.WithRetryAttempts(0)); err != nil {
		return false, false, fmt.Errorf("note the owner of a box: %w", err)
	}
	o.recall(box, time.Now())
	return at.IsZero(), true, nil
}

func (o *owners) recall(box crypto.BoxID, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.recalled) >= maxRecalled {
		clear(o.recalled)
	}
	o.recalled[box] = at
}
