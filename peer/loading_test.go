package peer

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// largeStore is a store whose headers come when the test lets them.
type largeStore struct {
	room.MemoryStore
	proceed chan struct{} // closed: what is asked for comes
	err     error         // then
	nicks   map[crypto.PublicKey]string
	busy    bool // it is being read
	reads   int
}

// newLarge is a store with texts that were shown.
func newLarge(keys *crypto.RoomKeys, texts ...string) *largeStore {
	author := crypto.IdentityFromSeed([32]byte{9})
	s := &largeStore{proceed: make(chan struct{}), nicks: map[crypto.PublicKey]string{author.Public(): "carol"}}
	var last wire.RecordID
	for i, text := range texts {
		r := &wire.Record{Type: wire.RecordText, Chain: 1, Seq: uint64(i + 1), Prev: last,
			Clk: wire.Clk(time.Now().Add(time.Duration(i-100) * time.Second).UnixMilli())}
		r.SetBody([16]byte{byte(i)}, wire.AppendFields(nil, wire.Field{Type: wire.FieldText, Value: []byte(text)}))
		r.Sign(author, keys.ID)
		last = r.ID()
		if err := s.Commit([]*wire.Record{r}, nil); err != nil {
			panic(err)
		}
		if err := s.MarkShown(last); err != nil {
			panic(err)
		}
	}
	return s
}

func (s *largeStore) Headers(yield func(wire.RecordID, *wire.Record, bool) error) error {
	s.busy = true
	s.reads++
	defer func() { s.busy = false }()
	return s.MemoryStore.Headers(func(id wire.RecordID, h *wire.Record, body bool) error {
		select {
		case <-s.proceed:
		case <-time.After(time.Second): // the next one takes a second
		}
		if s.err != nil {
			return s.err
		}
		return yield(id, h, body)
	})
}

// preview shows all there is, as internal/store does.
func (s *largeStore) preview() (list []room.Message) {
	var records []*wire.Record
	_ = s.MemoryStore.Headers(func(id wire.RecordID, _ *wire.Record, _ bool) error {
		r, err := s.Get(id)
		records = append(records, r)
		return err
	})
	ids := make([]wire.RecordID, len(records))
	for i, rec := range records {
		ids[i] = rec.ID()
	}
	p := room.NewPreview(crypto.PublicKey{}, time.Now(), ids, records)
	for _, r := range records {
		if m, ok := p.View(r.ID()); ok {
			list = append(list, m)
		}
	}
	return list
}

func (s *largeStore) Page(before string, limit int) ([]room.Message, error) {
	list := slices.DeleteFunc(s.preview(), func(m room.Message) bool { return before != "" && m.Order >= before })
	return list[max(0, len(list)-limit):], nil
}

func (s *largeStore) After(after string, limit int) ([]room.Message, error) {
	list := slices.DeleteFunc(s.preview(), func(m room.Message) bool { return m.Order <= after })
	return list[:min(len(list), limit)], nil
}

func (s *largeStore) View(id string) (room.Message, error) {
	for _, m := range s.preview() {
		if m.ID.String() == id {
			return m, nil
		}
	}
	return room.Message{}, room.ErrNotFound
}

func (s *largeStore) Nick(key crypto.PublicKey) ([]byte, error) { return []byte(s.nicks[key]), nil }

// joinLarge has a join a room that takes minutes to read.
func joinLarge(p *pair) (*Room, *largeStore) {
	p.t.Helper()
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = string(rune('a' + i%26))
	}
	s := newLarge(roomKeys("large"), texts...)
	begin := time.Now()
	r := p.join(p.a, RoomConfig{Name: "large", Store: s})
	if took := time.Since(begin); took != grace {
		p.t.Errorf("joined after %v", took)
	}
	synctest.Wait()
	return r, s
}

func ready(r *Room) bool {
	synctest.Wait()
	select {
	case <-r.Ready():
		return true
	default:
		return false
	}
}

func texts(list []Message) (out string) {
	for _, m := range list {
		out += m.Text
	}
	return out
}

// roomEvents are the events that tell of a room's life.
func (p *pair) roomEvents(n *Node) (list []Event) {
	synctest.Wait()
	for _, e := range p.events(n) {
		switch e.(type) {
		case RoomChanged, RoomReady, Notice:
			list = append(list, e)
		}
	}
	return list
}

// While a room is read, its past can be paged through, and what changes
// something waits.
func TestLargeRoom(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		r, s := joinLarge(p)
		if ready(r) || p.a.Room("large") != r {
			t.Fatal("it is ready, or not there")
		}
		last := r.History(3)
		if texts(last) != "tuv" || last[0].Nick != "carol" {
			t.Fatalf("%+v", last)
		}
		if got := texts(r.HistoryBefore(last[0].Order, 2)) + texts(r.HistoryAfter(last[1].Order, 5)); got != "rsv" {
			t.Errorf("pages: %q", got)
		}
		if m, ok := r.View(last[1].ID); !ok || m.Text != "u" {
			t.Errorf("view: %+v %v", m, ok)
		}
		if _, ok := r.View(last[1].ID[1:] + "0"); ok {
			t.Error("there is a message of no such id")
		}
		if len(r.HistoryBefore("", 1))+len(r.HistoryAfter("", 1))+len(r.HistoryAfter("zz", 1)) > 0 {
			t.Error("history from nowhere on")
		}
		if len(r.Members()) > 0 || len(r.Holes()) > 0 || len(r.DeliveryOf(last[0].ID)) > 0 {
			t.Error("somebody is here")
		}
		if d := r.Drain(t.Context()); d != (Delivery{}) {
			t.Errorf("drained: %+v", d)
		}
		sent := make(chan error, 2)
		compared := make(chan Transcript, 1)
		go func() {
			_, err := r.Send(Text, "!")
			sent <- err
			_, err = r.Reply(last[0].ID, Text, "?")
			sent <- err
			compared <- r.Compare()
		}()
		p.settle(time.Minute)
		if len(sent) > 0 {
			t.Fatal("sent before the room was read")
		}
		if _, err := p.a.Join(RoomConfig{Name: "large", Keys: roomKeys("large")}); !errors.Is(err, ErrJoined) {
			t.Errorf("joined twice: %v", err)
		}
		close(s.proceed)
		for range 2 {
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
		if c := <-compared; c.Records < 102 {
			t.Errorf("compared %+v", c)
		}
		if got := texts(r.History(4)); !ready(r) || got != "uv!?" {
			t.Errorf("then %q", got)
		}
		events := p.roomEvents(p.a)
		if !slices.Equal(events, []Event{RoomChanged{Room: "large"}, RoomReady{Room: "large"}}) {
			t.Errorf("told %+v", events)
		}
		if rb := p.join(p.b, RoomConfig{Name: "large"}); true {
			p.announce(rb, r)
			p.announce(r, rb)
			p.settle(10 * time.Second)
			if got := rb.History(200); len(got) != 102 {
				t.Errorf("the other has %d messages", len(got))
			}
		}
	})
}

// Who leaves while a room is read leaves nothing behind, and may join again.
func TestLeaveLargeRoom(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		r, s := joinLarge(p)
		sent := make(chan error)
		go func() {
			_, err := r.Send(Text, "never")
			sent <- err
		}()
		synctest.Wait()
		go r.Leave()
		if err := <-sent; !errors.Is(err, ErrParted) {
			t.Errorf("sent: %v", err)
		}
		r.Leave()
		<-r.Gone()
		if s.busy || !ready(r) {
			t.Error("it is still read")
		}
		if len(r.History(1)) > 0 || len(r.Members()) > 0 || r.Compare() != (Transcript{}) || r.Drain(t.Context()) != (Delivery{}) {
			t.Error("something is left of it")
		}
		close(s.proceed)
		again := p.join(p.a, RoomConfig{Name: "large", Store: s})
		if got := texts(again.History(1)); got != "v" || !ready(again) || s.reads != 2 {
			t.Errorf("again: %q, read %d times", got, s.reads)
		}
		want := []Event{RoomChanged{Room: "large"}, RoomChanged{Room: "large", State: RoomParted}, RoomChanged{Room: "large"}}
		if events := p.roomEvents(p.a); !slices.Equal(events, want) {
			t.Errorf("told %+v", events)
		}
	})
}

// A room that turns out to be unreadable is parted, and the user is told why.
func TestLargeRoomFails(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		r, s := joinLarge(p)
		s.err = errors.New("the disk is gone")
		close(s.proceed)
		<-r.Gone()
		if _, err := r.Send(Text, "x"); !errors.Is(err, ErrParted) {
			t.Errorf("sent: %v", err)
		}
		events := p.roomEvents(p.a)
		if len(events) != 3 {
			t.Fatalf("told %+v", events)
		}
		notice, ok := events[1].(Notice)
		parted, ok2 := events[2].(RoomChanged)
		if !ok || !ok2 || notice.Level != Failure || !errors.Is(parted.Err, s.err) || parted.State != RoomParted {
			t.Errorf("told %+v", events)
		}
		s.err = nil
		if r := p.join(p.a, RoomConfig{Name: "large", Store: s}); !ready(r) {
			t.Error("not joined again")
		}
	})
}

// The node ends while a room is read.
func TestEndDuringLargeRoom(t *testing.T) {
	var s *largeStore
	var ended []error
	inPair(t, func(t *testing.T, p *pair) {
		var r *Room
		r, s = joinLarge(p)
		go func() {
			_, err := r.Send(Text, "never")
			<-p.a.done
			<-r.Ready()
			if d := r.Drain(context.Background()); d != (Delivery{}) || len(r.History(1)) > 0 {
				t.Errorf("%+v", d)
			}
			r.Leave()
			ended = append(ended, err)
		}()
		synctest.Wait()
	})
	if s.busy || len(ended) != 1 || !errors.Is(ended[0], ErrParted) {
		t.Errorf("busy: %v; sent: %v", s.busy, ended)
	}
}

// A conversation that was open may be large, too: it has its name at once, and
// an invitation to be carried in it waits.
func TestLargeConversation(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		carol := crypto.IdentityFromSeed([32]byte{9}).Public()
		c, err := newPair(p.a.cfg.Identity, carol)
		if err != nil {
			t.Fatal(err)
		}
		c.shown = true
		if _, err := p.a.direct.book.add(c); err != nil {
			t.Fatal(err)
		}
		s := newLarge(c.keys, "a", "b", "c")
		p.a.cfg.OpenStore = func(keys *crypto.RoomKeys) (Store, error) {
			if keys.ID == c.keys.ID {
				return s, nil
			}
			return &room.MemoryStore{}, nil
		}
		list := p.a.Conversations()
		if len(list) != 1 || list[0].Name() != "@carol" || ready(list[0]) || texts(list[0].History(5)) != "abc" {
			t.Fatalf("%+v", list)
		}
		if r, err := p.a.Direct(carol); r != list[0] || err != nil {
			t.Errorf("another one: %v", err)
		}
		group, err := p.a.Direct(carol, p.b.Key())
		if err != nil {
			t.Fatal(err)
		}
		p.settle(time.Second)
		if !group.conversation.inviting {
			t.Error("the invitation is written before the conversation is read")
		}
		close(s.proceed)
		p.settle(time.Second)
		if group.conversation.inviting || !ready(list[0]) {
			t.Error("the invitation is not written")
		}
	})
}

// The context of a Dial ends it also while the room is being read.
func TestDialWhileLoading(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		r, _ := joinLarge(p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := r.Dial(ctx, p.b.Key(), "echo")
		if took := time.Since(began); took != time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, err)
		}
		<-r.Ready()
		if _, err := r.Dial(t.Context(), p.b.Key(), "echo"); !errors.Is(err, ErrAbsent) {
			t.Errorf("once it is read: %v", err)
		}
	})
}
