package peer

import (
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/room"
)

// Send stores a message and sends it to everyone in the room, now or when they
// come. It returns the message's id once it is stored. The error is ErrEmpty,
// ErrTooLong, ErrParted, ErrClosed or the store's.
func (r *Room) Send(kind Kind, body string) (string, error) {
	fields, err := textFields(kind, body)
	if err != nil {
		return "", err
	}
	return r.sendText(fields, 0)
}

// MaxLife is the longest time that SendFor takes.
const MaxLife = 366 * 24 * time.Hour

// SendFor is Send for a message whose text everybody's store drops after a time:
// 1 s to MaxLife, in whole seconds; else the error is ErrLife.
func (r *Room) SendFor(life time.Duration, kind Kind, body string) (string, error) {
	if life < time.Second || life > MaxLife {
		return "", ErrLife
	}
	fields, err := textFields(kind, body)
	if err != nil {
		return "", err
	}
	return r.sendText(fields, uint32(life/time.Second))
}

func (r *Room) sendText(fields []wire.Field, ttl uint32) (string, error) {
	if to, err := r.successor(); to != nil || err != nil {
		if err != nil {
			return "", err
		}
		return to.sendText(fields, ttl)
	}
	return r.write(&room.Append{Type: wire.RecordText, Fields: fields, TTL: ttl}, nil)
}

// Reply is Send for an answer to a message, which must be here and whole: else
// the error is ErrGone or ErrDeleted.
func (r *Room) Reply(to string, kind Kind, body string) (string, error) {
	fields, err := textFields(kind, body)
	if err != nil {
		return "", err
	}
	target, err := parseID(to)
	if err != nil {
		return "", err
	}
	fields = append(fields, wire.Field{Type: wire.FieldReplyTo, Value: target[:]})
	return r.write(&room.Append{Type: wire.RecordText, Fields: fields}, func() error {
		_, err := r.target(target)
		return err
	})
}

// Edit gives an own message another text. It returns the id of the record that
// says so, which Delivered is told of; the error is one of Send's, ErrGone,
// ErrDeleted or ErrNotOwn.
func (r *Room) Edit(id, body string) (string, error) {
	fields, err := textFields(Text, body)
	if err != nil {
		return "", err
	}
	target, err := parseID(id)
	if err != nil {
		return "", err
	}
	a := &room.Append{Type: wire.RecordEdit, Target: target, Fields: fields}
	return r.write(a, func() error {
		m, err := r.ownTarget(target)
		if err == nil && m.Record.TTL > 0 { // the new text goes when the old one would have
			ends := time.UnixMilli(int64(m.Record.Clk)).Add(time.Duration(m.Record.TTL) * time.Second)
			a.TTL = uint32(max(time.Until(ends)/time.Second, 1))
		}
		return err
	})
}

// Delete takes the text of an own message away, everywhere. It returns and
// fails as Edit does.
func (r *Room) Delete(id string) (string, error) {
	target, err := parseID(id)
	if err != nil {
		return "", err
	}
	return r.write(&room.Append{Type: wire.RecordDelete, Target: target}, func() error {
		_, err := r.ownTarget(target)
		return err
	})
}

// React adds a reaction to a message, or takes it back. It returns as Edit
// does, and "" if nothing was to be done; the error is one of Send's, ErrGone,
// ErrDeleted or ErrEmoji.
func (r *Room) React(id, emoji string, retract bool) (string, error) {
	emoji, ok := text.CleanEmoji(emoji)
	if !ok {
		return "", ErrEmoji
	}
	target, err := parseID(id)
	if err != nil {
		return "", err
	}
	fields := []wire.Field{{Type: wire.FieldEmoji, Value: []byte(emoji)}}
	if retract {
		fields = append(fields, wire.Field{Type: wire.FieldRetract})
	}
	written, err := r.write(&room.Append{Type: wire.RecordReact, Target: target, Fields: fields}, func() error {
		m, err := r.target(target)
		if err == nil && r.reacted(m, emoji) != retract {
			return errDone
		}
		return err
	})
	if errors.Is(err, errDone) {
		return "", nil
	}
	return written, err
}

// errDone says that things are already as they are to be.
var errDone = errors.New("nothing to do")

// reacted reports whether this member reacted to a message with an emoji, in
// the spelling that is written here.
func (r *Room) reacted(m room.Message, emoji string) bool {
	return slices.ContainsFunc(m.Reactions, func(x room.Reaction) bool {
		return x.Emoji == emoji && slices.Contains(x.By, r.node.Key())
	})
}

func textFields(kind Kind, body string) ([]wire.Field, error) {
	if len(body) > room.MaxText {
		return nil, ErrTooLong
	}
	if !readable(clean([]byte(body))) {
		return nil, ErrEmpty
	}
	fields := []wire.Field{{Type: wire.FieldText, Value: []byte(body)}}
	if kind == Action {
		fields = append(fields, wire.Field{Type: wire.FieldKind, Value: []byte{wire.KindAction}})
	}
	return fields, nil
}

// parseID reads a message's id; what is none names no message.
func parseID(s string) (id wire.RecordID, err error) {
	if len(s) != hex.EncodedLen(len(id)) {
		return id, ErrGone
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, ErrGone
	}
	return id, nil
}

// target finds the message that a record is to be about. Loop only, as ownTarget.
func (r *Room) target(id wire.RecordID) (room.Message, error) {
	m, ok := r.engine.View(id)
	switch {
	case !ok || m.Record.Type != wire.RecordText:
		return m, ErrGone
	case m.Content != room.Whole && m.Content != room.Lost:
		return m, ErrDeleted
	}
	return m, nil
}

func (r *Room) ownTarget(id wire.RecordID) (room.Message, error) {
	m, err := r.target(id)
	if err == nil && !m.Own {
		err = ErrNotOwn
	}
	return m, err
}

// write appends a record, if check (nil: no reason not to) agrees, and waits
// until it is stored.
func (r *Room) write(a *room.Append, check func() error) (string, error) {
	type result struct {
		id  wire.RecordID
		err error
	}
	done := make(chan result, 1)
	err := r.doReady(func(now time.Time) {
		if r.leaving || r.left {
			done <- result{err: ErrParted}
			return
		}
		if check != nil {
			if err := check(); err != nil {
				done <- result{err: err}
				return
			}
		}
		r.append(now, *a, func(id wire.RecordID, err error) { done <- result{id, err} })
		r.seek(now)
	})
	if err != nil {
		return "", err
	}
	res := result{err: ErrClosed}
	select {
	case res = <-done:
	case <-r.node.done:
		select { // what was answered before the end counts
		case res = <-done:
		default:
		}
	}
	if res.err != nil {
		return "", inOurWords(res.err)
	}
	return res.id.String(), nil
}

// inOurWords turns the engine's errors into those of this package.
func inOurWords(err error) error {
	for theirs, ours := range map[error]error{
		room.ErrTooLong: ErrTooLong, room.ErrNoTarget: ErrGone, room.ErrNotOwn: ErrNotOwn,
	} {
		if errors.Is(err, theirs) {
			return ours
		}
	}
	return err
}
