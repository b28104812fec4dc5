package peer

import (
	"encoding/hex"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// tell puts what the engine has noticed into an event.
func (r *Room) tell(a room.Action) {
	switch a := a.(type) {
	case room.Changed:
		if m, ok := r.message(a.Message); ok && !m.Ignored {
			r.emit(MessageChanged{m})
		}
	case room.Filled:
		r.emit(HistoryFilled{
			Room: r.name, Count: a.Count, Left: a.Left, To: a.To,
			After: a.From[:max(0, len(a.From)-1)], // a part of an order sorts right before it
		})
	case room.HolesChanged:
		if now := r.currentHoles(); !slices.EqualFunc(now, r.holes, sameHole) {
			r.holes = now
			r.emit(HolesChanged{Room: r.name, Holes: now})
		}
	case room.Compared:
		r.emit(Compared{Room: r.name, Comparison: r.comparison(a.Comparison)})
	}
}

// Hole is what is known to be missing of one author.
type Hole struct {
	Author  Person // zero: whose it is cannot be told
	Missing uint64 // at least so many
	Holders []Person
}

// What is told of holes, at most.
const (
	maxHoles   = 32
	maxHolders = 8
)

// Holes lists what is missing and was asked for in vain, by author.
func (r *Room) Holes() (out []Hole) {
	_ = r.node.do(func(time.Time) { out = r.currentHoles() })
	return out
}

func (r *Room) currentHoles() (out []Hole) {
	if !r.isReady() {
		return nil
	}
	for _, h := range r.engine.Holes() {
		if len(out) == maxHoles {
			break
		}
		hole := Hole{Missing: h.Missing, Holders: r.people(h.Holders[:min(len(h.Holders), maxHolders)])}
		if h.Author != (crypto.PublicKey{}) {
			hole.Author = r.person(h.Author)
		}
		out = append(out, hole)
	}
	return out
}

func sameHole(a, b Hole) bool {
	return a.Author == b.Author && a.Missing == b.Missing && slices.Equal(a.Holders, b.Holders)
}

// Comparison is what became of comparing with one member.
type Comparison struct {
	Peer     Person
	Answered bool // in time, and to the end; else the rest is what is known so far
	Equal    bool
	// Before From both have the same; zero: they differ from the beginning on.
	From time.Time
	// Ours are records that the other lacks, Theirs such that we lack: messages,
	// their changes, nicks. Authors wrote ours, as far as told.
	Ours, Theirs uint64
	Authors      []Person
}

func (r *Room) comparison(c room.Comparison) Comparison {
	out := Comparison{
		Peer: r.person(c.Peer), Answered: c.Answered, Equal: c.Equal,
		Ours: c.Ours, Theirs: c.Theirs, Authors: r.people(c.Authors),
	}
	if c.From > 0 && c.From < wire.MaxClk {
		out.From = time.UnixMilli(int64(c.From))
	}
	return out
}

// Transcript sums up all that is settled in a room: equal on members who have
// the same.
type Transcript struct {
	Records int
	Digest  string // 64 hex digits
	Asked   int    // how many members are asked whether they have the same
}

// Compare asks every linked member whether it has the same. One Compared
// follows for each, within ten seconds.
func (r *Room) Compare() (out Transcript) {
	_ = r.doReady(func(now time.Time) {
		if !r.isReady() {
			return
		}
		count, digest := r.engine.Transcript()
		out = Transcript{Records: count, Digest: hex.EncodeToString(digest[:])}
		for _, m := range r.members {
			if m.link != nil {
				out.Asked++
			}
		}
		r.step(now, room.Compare{})
	})
	return out
}
