package peer

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

func TestJoinRefuses(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		join := func(name, keys string) (*Room, error) {
			return p.a.Join(RoomConfig{Name: name, Keys: roomKeys(keys)})
		}
		r, err := join("lobby", "lobby")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range [][2]string{{"lobby", "lobby"}, {"lobby", "another secret"}, {"an alias", "lobby"}} {
			if _, err := join(c[0], c[1]); !errors.Is(err, ErrJoined) {
				t.Errorf("%v: %v", c, err)
			}
		}
		r.Leave()
		r.Leave()
		if _, err := join("lobby", "another secret"); err != nil {
			t.Errorf("after leaving: %v", err)
		}
		for i := range MaxRooms - 1 {
			if _, err := join(fmt.Sprint(i), fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := join("one more", "one more"); !errors.Is(err, ErrRooms) {
			t.Errorf("one more: %v", err)
		}
		broken := &slowStore{err: errors.New("the disk is gone")}
		if _, err := p.b.Join(RoomConfig{Name: "x", Keys: roomKeys("x"), Store: broken}); !errors.Is(err, broken.err) {
			t.Errorf("broken store: %v", err)
		}
		if _, err := p.b.Join(RoomConfig{Name: "x", Keys: roomKeys("x")}); err != nil {
			t.Errorf("the place is still taken: %v", err)
		}
	})
}

func TestJoinAfterTheEnd(t *testing.T) {
	var n *Node
	var r *Room
	inPair(t, func(_ *testing.T, p *pair) {
		n = p.a
		r = p.join(n, RoomConfig{Name: "early"})
	})
	if _, err := n.Join(RoomConfig{Name: "late", Keys: roomKeys("late")}); !errors.Is(err, ErrClosed) {
		t.Errorf("join: %v", err)
	}
	r.Leave() // nothing is left to do
}

// slowStore takes its time to commit.
type slowStore struct {
	room.MemoryStore
	err     error
	commits int
}

func (s *slowStore) Headers(yield func(wire.RecordID, *wire.Record, bool) error) error {
	if s.err != nil {
		return s.err
	}
	return s.MemoryStore.Headers(yield)
}

func (s *slowStore) Commit(put []*wire.Record, del []wire.RecordID) error {
	time.Sleep(time.Second)
	s.commits += len(put)
	return s.MemoryStore.Commit(put, del)
}

// What was accepted before Leave is stored before it returns, and told to the
// others; nothing is stored afterwards.
func TestLeaveWaitsForTheStore(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		ra, rb := p.join(p.a, RoomConfig{Name: "slow"}), p.join(p.b, RoomConfig{Name: "slow", Store: &slowStore{}})
		p.announce(rb, ra)
		p.announce(ra, rb)
		p.settle(3 * time.Second)
		store := rb.store.(*slowStore)
		sent := make(chan error)
		for i := range 3 {
			go func() {
				_, err := rb.Send(Text, fmt.Sprint(i))
				sent <- err
			}()
		}
		synctest.Wait()
		began := time.Now()
		go rb.Leave()
		synctest.Wait()
		if _, err := rb.Send(Text, "too late"); !errors.Is(err, ErrParted) {
			t.Errorf("send while leaving: %v", err)
		}
		for range 3 {
			if err := <-sent; err != nil {
				t.Errorf("accepted, but not stored: %v", err)
			}
		}
		rb.Leave()
		if took := time.Since(began); took < time.Second || took > 2*time.Second {
			t.Errorf("left after %v", took)
		}
		if d := rb.Drain(t.Context()); d.Sent != 3 {
			t.Errorf("%+v", d)
		}
		commits := store.commits
		if _, err := ra.Send(Text, "unheard"); err != nil {
			t.Fatal(err)
		}
		p.settle(10 * time.Second)
		if store.commits != commits || len(ra.History(10)) != 4 {
			t.Errorf("%d commits, then %d; a has %d messages", commits, store.commits, len(ra.History(10)))
		}
	})
}
