package mailbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	streamName    = "MAIL"
	subjectPrefix = "mail."
	// headerRoom is what a message has besides the object: its id.
	headerRoom = 512
	// forget is for how long an object is known by its id after it was stored, to
	// be refused if it comes again. The stream keeps such ids in memory.
	forget = time.Hour

	// maxListed is after how many bytes a page ends: what is listed is read.
	maxListed = 1 << 20

	codePerSubject = 10077 // and the stream's bytes: the text tells which
	codeTooLarge   = 10054
)

// store is the stream that all boxes are in, and who came for them.
type store struct {
	js     jetstream.JetStream
	stream jetstream.Stream
	owners *owners
}

// openStore makes the streams, or gives them new limits.
func openStore(ctx context.Context, js jetstream.JetStream, cfg *Config) (*store, error) {
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subjectPrefix + "*"},
		Description: "sealed objects for members who are away, by box",
		Storage:     jetstream.FileStorage, Replicas: max(cfg.Replicas, 1),
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true,
		MaxMsgsPerSubject: int64(cfg.PerBox), MaxMsgs: -1, MaxBytes: cfg.MaxBytes,
		MaxAge: cfg.Keep, MaxMsgSize: wire.MaxBoxObject + headerRoom,
		Duplicates: min(forget, cfg.Keep),
		// Only the leader reads: a copy may not know yet what was put or deleted.
		AllowDirect: false,
	})
	if err != nil {
		return nil, fmt.Errorf("open the mailbox: %w", err)
	}
	owners, err := openOwners(ctx, js, cfg)
	if err != nil {
		return nil, err
	}
	return &store{js, stream, owners}, nil
}

func subjectOf(box crypto.BoxID) string { return subjectPrefix + hex.EncodeToString(box[:]) }

// do does what a request asks for. What fails for reasons of the store is
// BoxBusy, with the error.
func (s *store) do(ctx context.Context, r *bootnode.MailRequest) (a bootnode.MailAnswer, err error) {
	switch r.Op {
	case bootnode.MailPut:
		a.Status, err = s.put(ctx, r)
	case bootnode.MailList:
		a, err = s.list(ctx, r)
	case bootnode.MailRead:
		a.Object, err = s.read(ctx, subjectOf(r.Secret.ID()), r.Seq)
	}
	if err != nil {
		return bootnode.MailAnswer{Status: wire.BoxBusy}, err
	}
	return a, nil
}

func (s *store) put(ctx context.Context, r *bootnode.MailRequest) (wire.BoxStatus, error) {
	if at, err := s.owners.known(ctx, r.Box); err != nil || at.IsZero() {
		return wire.BoxUnknown, err
	}
	subject := subjectOf(r.Box)
	id := hex.EncodeToString(r.Box[:]) + hex.EncodeToString(r.Item[:])
	ack, err := s.js.Publish(ctx, subject, r.Object, jetstream.WithMsgID(id), jetstream.WithRetryAttempts(0))
	var refused *jetstream.APIError
	switch {
	case err == nil && ack.Duplicate:
		return wire.BoxDuplicate, nil
	case err == nil:
		return wire.BoxOK, nil
	case !errors.As(err, &refused):
		return 0, fmt.Errorf("store for a box: %w", err)
	case refused.ErrorCode == codeTooLarge:
		return wire.BoxTooLarge, nil
	case refused.ErrorCode == codePerSubject && strings.Contains(refused.Description, "per subject"):
		return wire.BoxFull, nil
	case refused.ErrorCode == codePerSubject || strings.Contains(refused.Description, "insufficient") || strings.Contains(refused.Description, "resource"):
		return wire.BoxNoSpace, nil
	}
	return 0, fmt.Errorf("store for a box: %w", err)
}

// list deletes what its owner is done with and lists what is left.
func (s *store) list(ctx context.Context, r *bootnode.MailRequest) (a bootnode.MailAnswer, err error) {
	subject := subjectOf(r.Secret.ID())
	for _, seq := range r.Done {
		m, err := s.next(ctx, subject, seq)
		switch {
		case err != nil:
			return a, err
		case m == nil || m.Sequence != seq:
			continue // another box's, or not there any more
		}
		if err := s.stream.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return a, fmt.Errorf("delete from a box: %w", err)
		}
	}
	var known bool
	a.New, known, err = s.owners.came(ctx, r.Secret.ID(), r.Admit)
	if err != nil {
		return a, err
	}
	read := 0
	for seq := r.After + 1; seq > r.After; {
		m, err := s.next(ctx, subject, seq)
		switch {
		case err != nil:
			return a, err
		case m == nil:
			if !known && len(a.Entries) == 0 {
				a.Status = wire.BoxUnknown // what is left of a box that was known is fetched as ever
			}
			return a, nil
		case len(a.Entries) == wire.MaxBoxPage || read >= maxListed && len(a.Entries) > 0:
			a.Left = 1
			return a, nil
		}
		n := len(m.Data)
		if read += n; n > 0 && n <= wire.MaxBoxObject {
			a.Entries = append(a.Entries, wire.BoxEntry{Seq: m.Sequence, Size: uint32(n)})
		}
		seq = m.Sequence + 1
	}
	return a, nil
}

// next is the first object of a box at a place or behind it; nil: there is none.
// Objects of other boxes are not even read.
func (s *store) next(ctx context.Context, subject string, seq uint64) (*jetstream.RawStreamMsg, error) {
	m, err := s.stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read from a box: %w", err)
	}
	return m, nil
}

// read is the object at a place, if it is in that box; nil if not.
func (s *store) read(ctx context.Context, subject string, seq uint64) ([]byte, error) {
	m, err := s.next(ctx, subject, seq)
	if err != nil || m == nil || m.Sequence != seq {
		return nil, err
	}
	return m.Data, nil
}
