package bootnode

import (
	"math/rand/v2"
	"testing"
	"time"

	"gochat/internal/wire"
)

// sizes sums what went through the relay to each client, by channel.
func sizes(out []Action, into map[uint32]int) {
	for _, a := range out {
		if ch, err := wire.RelayChannel(a.Packet); err == nil {
			into[ch] += len(a.Packet) - wire.RelayOverhead
		}
	}
}

// One member floods with large packets, another with small ones, and a third
// says little: the floods share the rate evenly, in bytes, and who says little
// waits for nobody.
func TestRelayIsSharedFairly(t *testing.T) {
	const total = 100_000
	w := newWorld(t, Limits{RelayRate: 1 << 30, RelayBurst: 1 << 30, RelayTotal: total})
	var senders, receivers []*client
	for range 3 {
		s, r := w.client(testTag), w.client(testTag)
		s.join()
		r.join()
		senders, receivers = append(senders, s), append(receivers, r)
	}
	for _, c := range append(senders, receivers...) {
		c.beat()
	}
	got := map[uint32]int{}
	sentIn, quiet := 0, 0
	send := func(i, n int) {
		p := senders[i].relayFrame(receivers[i], string(make([]byte, n)))
		sentIn += len(p)
		sizes(w.step(senders[i].addr, p), got)
	}
	const rounds, pace = 500, 10 * time.Millisecond
	for i := range rounds {
		for range 10 {
			send(0, 1200)
		}
		for range 60 {
			send(1, 100)
		}
		if i%10 == 0 {
			send(2, 500)
			quiet += 500
		}
		sizes(w.wait(pace), got)
		if i%100 == 0 {
			for _, c := range senders {
				if _, ok := c.beat(); !ok {
					t.Fatal("a flood keeps a beat from its answer")
				}
			}
		}
	}
	large, small, little := got[receivers[0].welcome.Channel], got[receivers[1].welcome.Channel], got[receivers[2].welcome.Channel]
	if large < small*9/10 || small < large*9/10 {
		t.Errorf("large packets %d bytes, small ones %d", large, small)
	}
	if little < quiet-1000 {
		t.Errorf("who says little got through %d of %d bytes", little, quiet)
	}
	if sum, want := large+small+little, int(total*(rounds*pace).Seconds()); sum > want+total/5 || sum < want*9/10 {
		t.Errorf("%d bytes in all, want about %d", sum, want)
	}
	if large+small+little > sentIn {
		t.Error("more went out than came in")
	}
	if w.d.Stats().Drops[DropRelayBusy] == 0 {
		t.Error("nothing was dropped")
	}
}

// What waits is bounded, the oldest is dropped, and a member that leaves takes
// its own along.
func TestRelayBacklog(t *testing.T) {
	w := newWorld(t, Limits{RelayTotal: 1})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	for i := range 100 {
		w.step(a.addr, a.relayFrame(b, string([]byte{byte(i), 50: 1})))
	}
	m := w.d.sessions[a.id]
	for n := 0; m.passing().backlog == nil; n++ { // until the burst is used up
		w.step(a.addr, a.relayFrame(b, string(make([]byte, 1200))))
		if n > 1000 {
			t.Fatal("nothing waits")
		}
	}
	for i := range 100 {
		w.step(a.addr, a.relayFrame(b, string([]byte{byte(i), 1199: 1})))
	}
	if n := len(m.passing().backlog.packets); n != backlogMax || w.d.share.waiting != n {
		t.Fatalf("%d wait, %d in all", n, w.d.share.waiting)
	}
	if first := m.passing().backlog.packets[0].data[0]; first != 100-backlogMax {
		t.Errorf("the oldest that waits is number %d", first)
	}
	w.step(a.addr, a.frame(wire.TypeBye, nil))
	if s := &w.d.share; s.waiting != 0 || len(s.ring) != 0 {
		t.Errorf("%d packets of %d senders wait after the only one left", s.waiting, len(s.ring))
	}
}

// However many send, the packets that wait are bounded, and the counts agree.
func TestShareBookkeeping(t *testing.T) {
	s := newShare(50_000)
	rng := rand.New(rand.NewPCG(1, 2))
	members := make([]*member, 2000)
	for i := range members {
		members[i] = &member{}
	}
	now := time.Duration(0)
	for range 100_000 {
		m := members[rng.IntN(len(members))]
		switch rng.IntN(20) {
		case 0:
			s.forget(m)
		case 1:
			if at, ok := s.next(now); ok {
				now = max(now, at)
				if _, _, got := s.take(now); !got {
					t.Fatal("nothing to take when there should be")
				}
			}
		default:
			s.put(m, 1, make([]byte, 1+rng.IntN(wire.MaxPayload)))
		}
	}
	n := 0
	for _, m := range s.ring {
		n += len(m.passing().backlog.packets)
	}
	if n != s.waiting || n > backlogTotal {
		t.Errorf("%d wait, %d counted", n, s.waiting)
	}
}

// More senders than packets may wait: what some had waiting before the others
// came makes room, and beyond one packet each nobody is let in.
func TestShareIsBoundedInAll(t *testing.T) {
	s := newShare(1)
	members := make([]*member, 2*backlogTotal)
	for i := range members {
		members[i] = &member{}
		for range backlogMax {
			s.put(members[i], 1, []byte("packet"))
			if s.waiting > backlogTotal {
				t.Fatalf("%d wait, of %d senders", s.waiting, len(s.ring))
			}
		}
	}
	for _, m := range s.ring {
		if len(m.passing().backlog.packets) != 1 {
			t.Fatalf("a sender has %d packets", len(m.passing().backlog.packets))
		}
	}
	if len(s.ring) != backlogTotal || s.waiting != backlogTotal {
		t.Errorf("%d senders, %d packets", len(s.ring), s.waiting)
	}
}

func TestRelayQuotaAndNotices(t *testing.T) {
	w := newWorld(t, Limits{RelayQuota: 10_000, QuotaPeriod: time.Hour})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	a.beat()
	packet := string(make([]byte, 999))
	passed, notices := 0, 0
	for range 100 {
		out := w.step(a.addr, a.relayFrame(b, packet))
		passed += carried(out)
		for _, body := range a.bodies(out, wire.TypeNotice) {
			if f, err := wire.ParseNotice(body); err != nil || f.Code != wire.NoticeRelayQuota {
				t.Errorf("notice %v, %v", f, err)
			}
			notices++
		}
		w.wait(100 * time.Millisecond)
	}
	if passed != 10 || notices != 1 {
		t.Errorf("%d packets of 10 passed, %d notices in 10 s", passed, notices)
	}
	if got := w.d.Stats().Drops[DropRelayQuota]; got != 90 {
		t.Errorf("%d counted", got)
	}
	b.beat()
	w.wait(10 * time.Second)
	if out := w.step(a.addr, a.relayFrame(b, "x")); carried(out) != 1 { // there is room for little packets
		t.Error("not even what fits")
	}
	for out := range func(yield func([]Action) bool) {
		for range 2000 {
			if !yield(w.step(a.addr, a.relayFrame(b, "y"))) {
				return
			}
		}
	} {
		for _, x := range out {
			if len(x.Packet) > wire.RelayOverhead+1 {
				t.Fatalf("%d bytes for a frame of %d", len(x.Packet), wire.RelayOverhead+1)
			}
		}
	}
	b.beat()
	for range 410 { // an hour, alive
		w.wait(9 * time.Second)
		a.beat()
		b.beat()
	}
	if carried(w.step(a.addr, a.relayFrame(b, packet))) != 1 {
		t.Error("the quota does not begin anew")
	}
}

func TestReach(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	a.beat()
	ask := func(port uint16) (sent int, acked bool) {
		p := a.frame(wire.TypeReach, wire.Reach{ID: wire.TxID{7}, Port: port}.Append(nil))
		out := w.step(a.addr, p)
		bytes := 0
		for _, x := range out {
			bytes += len(x.Packet)
			if !x.Reach {
				continue
			}
			sent++
			id, at, err := wire.ParseSTUNResponse(x.Packet)
			if err != nil || id != (wire.TxID{7}) || at != x.To || x.To.Addr() != a.addr.Addr() || x.To.Port() != port {
				t.Errorf("sent %v to %v, %v", id, x.To, err)
			}
		}
		if bytes > len(p) {
			t.Errorf("%d bytes for %d", bytes, len(p))
		}
		for _, b := range a.bodies(out, wire.TypeReachAck) {
			f, err := wire.ParseReachAck(b)
			acked = err == nil && f.Sent == (sent == 1)
		}
		return sent, acked
	}
	if sent, acked := ask(5000); sent != 0 || !acked {
		t.Errorf("without a socket for it: sent %d, said so %v", sent, acked)
	}
	w.d.cfg.Reaches = true
	if sent, acked := ask(5000); sent != 1 || !acked {
		t.Errorf("sent %d, said so %v", sent, acked)
	}
	if sent, acked := ask(1023); sent != 0 || acked {
		t.Error("a port of services was probed")
	}
	n := 0
	for range 100 {
		sent, _ := ask(6000)
		n += sent
	}
	if n > reachPerMember.burst {
		t.Errorf("%d probes at once", n)
	}
	if out := w.step(stranger, a.frame(wire.TypeReach, wire.Reach{Port: 5000}.Append(nil))); len(out) != 1 ||
		out[0].Reach || wire.RendezvousKind(out[0].Packet) != wire.TypeChallenge {
		t.Errorf("from an address that is not proven: %v", kinds(out))
	}
}
