package cli

import (
	"context"
	"encoding/binary"
	"log/slog"
	"time"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/store"
	"gochat/peer"
)

// history is what a profile keeps on disk of what was said.
type history struct {
	db  *store.DB // nil: nothing is kept
	cfg config.Config
	log *slog.Logger
}

// openHistory opens the messages of a profile, unless nothing is to be kept. What
// an interrupted change of the passphrase left is ended first.
func openHistory(p *profile.Profile, cfg config.Config, log *slog.Logger) (*history, error) {
	h := &history{cfg: cfg, log: log}
	if err := settleHistory(p.Dir(), p.DataKey()); err != nil {
		return nil, err
	}
	if cfg.Ephemeral {
		return h, nil
	}
	var err error
	h.db, err = store.Open(historyPath(p.Dir(), p.DataKey()), store.Options{
		Key: p.DataKey(), Self: p.Identity().Public(), Logger: log,
	})
	if err != nil {
		return nil, err
	}
	if p.Restored() {
		if err := h.db.MarkRestored(); err != nil {
			h.close()
			return nil, err
		}
		if err := p.ClearRestored(); err != nil {
			log.Warn("the own messages of all rooms are asked for again at the next start", "error", err)
		}
	}
	return h, nil
}

func (h *history) close() error {
	if h == nil || h.db == nil {
		return nil
	}
	return h.db.Close()
}

var _ peer.Pager = store.Paged{} // so that a front need not wait for a large room

// room opens the store of a room; nil: memory.
func (h *history) room(id crypto.RoomID, name string) (peer.Store, error) {
	if h.db == nil {
		return nil, nil
	}
	r, err := h.db.Room(id)
	if err != nil {
		return nil, err
	}
	if kept, err := r.Name(); err != nil || name != "" && kept != name {
		if err == nil {
			err = r.SetName(name)
		}
		if err != nil {
			return nil, err
		}
	}
	return store.Paged{Room: r}, nil
}

// call gives a conversation's store its name, by which commands find it.
func (h *history) call(id crypto.RoomID, name string) {
	if _, err := h.room(id, name); err != nil {
		h.log.Warn("the name of a conversation is not kept", "error", err)
	}
}

// name is what a room was called when it was last joined.
func (h *history) name(id crypto.RoomID) string {
	if h.db == nil {
		return ""
	}
	r, err := h.db.Room(id)
	if err != nil {
		return ""
	}
	name, _ := r.Name()
	return name
}

// conversation opens the store of a conversation.
func (h *history) conversation(keys *crypto.RoomKeys) (peer.Store, error) {
	if h.db == nil {
		return nil, nil
	}
	r, err := h.db.Room(keys.ID)
	if err != nil {
		return nil, err
	}
	return store.Paged{Room: r}, nil
}

// meta keeps what belongs to no room; nil: memory.
func (h *history) meta() peer.Meta {
	if h.db == nil {
		return nil
	}
	return h.db
}

// roomMeta keeps small values of a room.
func (h *history) roomMeta(id crypto.RoomID) Meta {
	if h.db == nil {
		return &peer.MemoryMeta{}
	}
	r, err := h.db.Room(id)
	if err != nil { // it was there when the room was joined
		return &peer.MemoryMeta{}
	}
	return r
}

func (h *history) retention(name string) peer.Retention {
	age, bytes := h.cfg.Keep(name)
	return peer.Retention{Keep: age, Bytes: bytes}
}

// codeHistory is the code of notices about the messages on disk.
const codeHistory = "history"

const (
	checkEvery = 7 * 24 * time.Hour
	checkedAt  = "checked at" // key of Meta: Unix seconds, 8 bytes
)

// watch reads everything through, beside the conversation, if the process before
// did not end in order or it was not done for long, and tells what is wrong.
func (h *history) watch(ctx context.Context, tell func(peer.Notice)) {
	if h.db == nil {
		return
	}
	if h.db.Restored() {
		tell(peer.Notice{Level: peer.Info, Code: codeHistory,
			Text: "the messages here were put back from a copy, or moved; others are asked for what you wrote since then before you write on"})
	}
	if v, err := h.db.Meta(checkedAt); err == nil && len(v) == 8 && !h.db.Crashed() &&
		time.Since(time.Unix(int64(binary.BigEndian.Uint64(v)), 0)).Abs() < checkEvery {
		return
	}
	err := h.db.Check(ctx)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = h.db.SetMeta(checkedAt, binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix())))
	}
	if err != nil {
		tell(peer.Notice{Level: peer.Failure, Code: codeHistory, Text: err.Error()})
	}
}
