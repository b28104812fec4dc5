package peer

import (
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// postWorld is what a post sees.
type postWorld struct {
	p     post
	now   time.Time
	boxes []room.Addressee
	at    map[crypto.PublicKey]whereabouts
	got   map[wire.RecordID]map[crypto.PublicKey]bool
	haste bool
	size  int // of a message
}

var (
	postBob, postCarol = crypto.PublicKey{2}, crypto.PublicKey{3}
	postOne, postTwo   = wire.RecordID{1}, wire.RecordID{2}
)

func newPostWorld() *postWorld {
	return &postWorld{
		now:   time.Unix(1_700_000_000, 0),
		boxes: []room.Addressee{{Peer: postBob, Box: crypto.BoxID{2}}, {Peer: postCarol, Box: crypto.BoxID{3}}},
		at:    map[crypto.PublicKey]whereabouts{}, got: map[wire.RecordID]map[crypto.PublicKey]bool{},
	}
}

func (w *postWorld) look() look {
	return look{
		boxes:   func() []room.Addressee { return w.boxes },
		where:   func(k crypto.PublicKey) whereabouts { return w.at[k] },
		has:     func(id wire.RecordID, k crypto.PublicKey) bool { return w.got[id][k] },
		pack:    func(x parcel) []packed { return []packed{{x.id, make([]byte, w.size)}} },
		hastily: w.haste,
	}
}

// wait lets time pass, deadline by deadline, and returns whom something is left
// for.
func (w *postWorld) wait(t *testing.T, d time.Duration) (out []parcel) {
	t.Helper()
	end := w.now.Add(d)
	for range 1000 {
		at := w.p.deadline()
		if at.IsZero() || at.After(end) {
			w.now = end
			return out
		}
		if at.After(w.now) {
			w.now = at
		}
		out = append(out, w.p.dueParcels(w.now, w.look())...)
	}
	t.Fatal("it never rests")
	return nil
}

func (w *postWorld) acked(id wire.RecordID, k crypto.PublicKey) {
	if w.got[id] == nil {
		w.got[id] = map[crypto.PublicKey]bool{}
	}
	w.got[id][k] = true
}

// Who is away gets a copy after the grace, once; who is here gets the message.
func TestPostLeavesForThoseAway(t *testing.T) {
	w := newPostWorld()
	w.at[postCarol] = here
	w.p.watch(w.now, postOne)
	if got := w.wait(t, postGrace-time.Millisecond); len(got) != 0 {
		t.Fatalf("within the grace: %v", got)
	}
	got := w.wait(t, time.Millisecond)
	if len(got) != 1 || got[0].to.Peer != postBob || got[0].id != postOne {
		t.Fatalf("left %+v", got)
	}
	if w.p.idle(w.look()) {
		t.Error("idle while a copy is under way")
	}
	w.p.done(w.now, got[0], kept, false)
	if !w.p.idle(w.look()) {
		t.Error("not idle, and carol is here")
	}
	w.acked(postOne, postCarol)
	if got := w.wait(t, time.Hour); len(got) != 0 || len(w.p.list) != 0 {
		t.Errorf("then %v, %d watched", got, len(w.p.list))
	}
}

// Who goes without the message gets a copy, too; who acknowledges in time does not.
func TestPostAfterTheyLeft(t *testing.T) {
	w := newPostWorld()
	w.at[postBob], w.at[postCarol] = here, coming
	w.p.watch(w.now, postOne)
	w.acked(postOne, postCarol)
	if got := w.wait(t, time.Minute); len(got) != 0 {
		t.Fatalf("left %v", got)
	}
	w.at[postBob] = away
	if got := w.wait(t, postAgain); len(got) != 1 || got[0].to.Peer != postBob {
		t.Errorf("left %v", got)
	}
}

// At the end there is no time for the whole grace: those who are about to come
// get a little of it, for who has just gone without a word looks like them.
func TestPostInHaste(t *testing.T) {
	w := newPostWorld()
	w.at[postCarol] = coming
	w.p.watch(w.now, postOne)
	w.wait(t, 0)
	w.haste = true
	w.p.hurry(w.now)
	if w.p.idle(w.look()) {
		t.Error("idle, and nothing is left")
	}
	if got := w.wait(t, postHaste); len(got) != 1 || got[0].to.Peer != postBob {
		t.Fatalf("left %v", got)
	}
	if got := w.wait(t, postHasty-postHaste); len(got) != 1 || got[0].to.Peer != postCarol {
		t.Errorf("then %v", got)
	}
}

func TestPostFullBox(t *testing.T) {
	w := newPostWorld()
	w.boxes = w.boxes[:1]
	w.p.watch(w.now, postOne)
	first := w.wait(t, postGrace)
	w.p.done(w.now, first[0], refused, true)
	w.p.watch(w.now, postTwo)
	if got := w.wait(t, postFull-time.Second); len(got) != 0 {
		t.Errorf("a full box is tried again: %v", got)
	}
	if got := w.wait(t, time.Second); len(got) != 1 || got[0].id != postTwo {
		t.Errorf("later: %v", got)
	}
}

// Of large messages fewer are under way at a time; all are left in the end.
func TestPostIsBoundedInBytes(t *testing.T) {
	w := newPostWorld()
	w.size = maxPacked/3 + 1
	for i := range byte(10) {
		w.p.watch(w.now, wire.RecordID{9, i})
	}
	open := w.wait(t, postGrace)
	total := len(open)
	for ; len(open) > 0; total += len(open) {
		if len(open) > 3 || w.p.bytes != len(open)*w.size {
			t.Fatalf("%d at once, %d bytes", len(open), w.p.bytes)
		}
		for _, x := range open {
			w.p.done(w.now, x, kept, false)
		}
		open = w.wait(t, 2*time.Second)
	}
	if total != 20 || w.p.bytes != 0 || len(w.p.list) != 0 {
		t.Errorf("%d left, %d bytes under way, %d watched", total, w.p.bytes, len(w.p.list))
	}
}

// So many are under way at a time, and so many watched.
func TestPostIsBounded(t *testing.T) {
	w := newPostWorld()
	for i := range 2 * maxPosted {
		w.p.watch(w.now, wire.RecordID{9, byte(i), byte(i >> 8)})
	}
	if len(w.p.list) != maxPosted {
		t.Fatalf("%d watched", len(w.p.list))
	}
	open := w.wait(t, postGrace)
	if len(open) != maxParcels {
		t.Fatalf("%d at once", len(open))
	}
	total := len(open)
	for len(open) > 0 {
		for _, x := range open {
			w.p.done(w.now, x, kept, false)
		}
		open = w.wait(t, 2*time.Second)
		total += len(open)
	}
	if total != 2*maxPosted || len(w.p.list) != 0 {
		t.Errorf("%d left, %d still watched", total, len(w.p.list))
	}
}
