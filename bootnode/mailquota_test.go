package bootnode

import (
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// What the members of one network put is bounded for a day, however many boxes
// they make up; others go on, and what was not stored does not count.
func TestMailboxOneNetwork(t *testing.T) {
	w, s := mailWorld(t, 10)
	w.d.cfg.Limits.MailPerNetwork = 10 * (1000 + mailSpare)
	at := func(addr string) *client {
		c := w.client(testTag)
		c.addr = netip.MustParseAddrPort(addr)
		c.join()
		return c
	}
	one, neighbour, other := at("192.0.2.1:1000"), at("192.0.2.200:1000"), at("198.51.100.1:1000")
	n := uint32(0)
	put := func(c *client) wire.BoxStatus {
		n++
		return c.put(s, n, crypto.BoxID{byte(n), byte(n >> 8)}, object(1000, byte(n))).Status
	}
	s.refuses = true
	for range 20 {
		if got := put(one); got != wire.BoxBusy {
			t.Fatalf("busy: %v", got)
		}
	}
	s.refuses = false
	for i := range 10 {
		if got := put([]*client{one, neighbour}[i%2]); got != wire.BoxOK {
			t.Fatalf("put %d: %v", i, got)
		}
	}
	for _, c := range []*client{one, neighbour} {
		if got := put(c); got != wire.BoxNoSpace {
			t.Errorf("more than a network may: %v", got)
		}
	}
	if got := put(other); got != wire.BoxOK {
		t.Errorf("another network: %v", got)
	}
	if got := w.d.Stats().MailRefused; got != 2 {
		t.Errorf("%d counted", got)
	}
}

// A box takes something once somebody came for it. How many new ones the members of
// one network may have is bounded for a day; those that are known, and others'
// networks, go on.
func TestMailboxNewBoxes(t *testing.T) {
	w, s := mailWorld(t, 10)
	s.strict = true
	at := func(addr string) *client {
		c := w.client(testTag)
		c.addr = netip.MustParseAddrPort(addr)
		c.join()
		return c
	}
	secret := func(i int) crypto.BoxSecret { return crypto.BoxSecret{1, byte(i), byte(i >> 8)} }
	alice, bob := at("192.0.2.1:1000"), at("198.51.100.1:1000")
	if ack := alice.put(s, 1, secret(0).ID(), object(600, 1)); ack.Status != wire.BoxUnknown {
		t.Errorf("nobody came for it: %+v", ack)
	}
	if st := w.d.Stats(); st.MailRefused != 1 {
		t.Errorf("%d counted", st.MailRefused)
	}
	bob.list(s, secret(0))
	if ack := alice.put(s, 2, secret(0).ID(), object(600, 1)); ack.Status != wire.BoxOK {
		t.Errorf("bob came for it: %+v", ack)
	}
	list := func(from *client, i int) {
		if i%100 == 0 {
			w.wait(10 * time.Second) // no faster than members may
			for _, c := range []*client{alice, bob} {
				c.beat()
			}
		}
		from.list(s, secret(i))
	}
	for i := range boxesPerNetwork + 200 {
		list(alice, 1+i)
	}
	known := len(s.known) - 1
	if spare := int(200 * time.Second * 12 / (mailDay / boxesPerNetwork)); known < boxesPerNetwork || known > boxesPerNetwork+spare {
		t.Errorf("%d new boxes of one network", known)
	}
	w.wait(10 * time.Second)
	bob.beat()
	bob.list(s, secret(9999))
	if !s.known[secret(9999).ID()] {
		t.Error("another network has none either")
	}
	for range 300 { // the same one takes nothing
		w.wait(10 * time.Second)
		bob.beat()
		bob.list(s, secret(9999))
	}
	bob.list(s, secret(9998))
	if !s.known[secret(9998).ID()] {
		t.Error("a known box was counted again")
	}
}

func TestNetworksBounded(t *testing.T) {
	s := newNetworks()
	take := func(now time.Duration, from netip.Addr, cost time.Duration) bool {
		_, ok := s.take(now, from, cost)
		return ok
	}
	cost := func(n int) time.Duration { return mailTime(n, 1<<20) }
	from := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}) }
	for i := range maxNetworks + 10 {
		if !take(0, from(i), cost(0)) || len(s.took) > maxNetworks+1 {
			t.Fatalf("network %d of %d", i, len(s.took))
		}
	}
	if take(0, from(maxNetworks+10), cost(1<<20-10*mailSpare)) {
		t.Error("those that are too many do not share one's bytes")
	}
	if !take(mailDay, from(maxNetworks+10), cost(1000)) || len(s.took) != 1 {
		t.Errorf("a day later %d are known", len(s.took))
	}
}

// What one of the networks that are too many to be known gives back, all of them have.
func TestNetworksGiveBackTheirShare(t *testing.T) {
	s := newNetworks()
	for i := range maxNetworks {
		s.took[site{byte(i >> 8), byte(i), 1}] = meter(mailDay)
	}
	from := netip.MustParseAddr("192.0.2.1")
	for i := range 3 {
		c, ok := s.take(0, from, mailDay)
		if !ok {
			t.Fatalf("refused after %d were given back", i)
		}
		c.giveBack()
	}
	if s.sweep != time.Second {
		t.Errorf("all networks are looked at again at %v", s.sweep)
	}
}

// A store that is slower than anybody waits costs a network nothing of what it may
// have, unless it did in the end what it was asked.
func TestMailboxSlowStore(t *testing.T) {
	w, s := mailWorld(t, 10)
	w.d.cfg.Limits.MailPerNetwork = 2 * (1000 + mailSpare)
	c := w.client(testTag)
	c.addr = netip.MustParseAddrPort("198.51.100.1:1000")
	c.join()
	asked := func(kind wire.RendezvousType, body []byte) MailRequest {
		for _, a := range w.step(c.addr, c.frame(kind, body)) {
			if a.Mail != nil {
				return *a.Mail
			}
		}
		t.Fatal("nothing is asked")
		return MailRequest{}
	}
	from := networkOf(c.addr.Addr())
	for i := range uint32(5) {
		o := object(1000, byte(i))
		put := asked(wire.TypeBoxPut, wire.NewBoxPut(i, crypto.BoxID{1}, crypto.NewBoxItemID(o), o, 0).Append(nil))
		list := asked(wire.TypeBoxGet, wire.BoxGet{Request: i, Secret: crypto.BoxSecret{byte(i)}}.Append(nil))
		for range 5 {
			w.wait(10 * time.Second)
			c.beat()
		}
		w.d.Step(w.now, Event{Mail: &MailAnswer{Ref: put.Ref, Status: wire.BoxBusy}})
		w.d.Step(w.now, Event{Mail: &MailAnswer{Ref: list.Ref, Status: wire.BoxBusy}})
	}
	m := w.d.mail
	if now := w.d.now; time.Duration(m.depositors.took[from]) > now || time.Duration(m.openers.took[from]) > now {
		t.Error("nothing was stored or opened, and it counts")
	}
	o := object(1000, 9)
	put := asked(wire.TypeBoxPut, wire.NewBoxPut(9, crypto.BoxID{1}, crypto.NewBoxItemID(o), o, 0).Append(nil))
	for range 5 {
		w.wait(10 * time.Second)
		c.beat()
	}
	answer := s.answer(put)
	w.d.Step(w.now, Event{Mail: &answer})
	if time.Duration(m.depositors.took[from]) <= w.d.now || len(m.late) != 0 {
		t.Error("what was stored late does not count")
	}
}

// However many sessions one network has, others put as before.
func TestMailboxOneNetworkLeavesRoom(t *testing.T) {
	w, s := mailWorld(t, 1000)
	for i := range 150 {
		c := w.client(testTag)
		c.addr = netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), uint16(2000+i))
		c.join()
		for transfer := range uint32(mailOpen) {
			f := wire.NewBoxPut(transfer, crypto.BoxID{1}, crypto.BoxItemID{}, object(wire.MaxBoxObject, 1), 0)
			c.mail(s, wire.TypeBoxPut, f.Append(nil), wire.TypeBoxPutAck)
		}
	}
	if most := mailAssembling / mailShares; w.d.mail.bytes > most {
		t.Errorf("one network has %d bytes of %d", w.d.mail.bytes, most)
	}
	other := w.client(testTag)
	other.addr = netip.MustParseAddrPort("203.0.113.9:4000")
	other.join()
	if ack := other.put(s, 1, crypto.BoxID{2}, object(wire.MaxBoxObject, 3)); ack.Status != wire.BoxOK {
		t.Errorf("another network: %+v", ack)
	}
	w.wait(mailPostLife + time.Second)
	if len(w.d.mail.perNetwork) != 0 {
		t.Error("shares stay")
	}
}

// An object that is read twice, as the store was slow, counts once; one that could
// not be read leaves nothing.
func TestMailboxReadTwice(t *testing.T) {
	w, s := mailWorld(t, 10)
	c := w.client(testTag)
	c.join()
	secret := crypto.BoxSecret{1}
	s.answer(MailRequest{Op: MailPut, Box: secret.ID(), Item: crypto.BoxItemID{1}, Object: object(wire.MaxBoxObject, 1)})
	ask := func() *MailRequest {
		for _, a := range w.step(c.addr, c.frame(wire.TypeBoxFetch, wire.BoxFetch{Secret: secret, Seq: 1}.Append(nil))) {
			if a.Mail != nil {
				return a.Mail
			}
		}
		t.Fatal("nothing is asked")
		return nil
	}
	first := *ask()
	w.wait(mailItemLife + time.Second)
	c.beat()
	for _, r := range []MailRequest{first, *ask()} {
		a := s.answer(r)
		w.d.Step(w.now, Event{Mail: &a})
	}
	if w.d.mail.read != wire.MaxBoxObject {
		t.Errorf("%d bytes are held", w.d.mail.read)
	}
	w.wait(mailItemLife + time.Second)
	c.beat()
	w.d.Step(w.now, Event{Mail: &MailAnswer{Ref: ask().Ref, Status: wire.BoxBusy}})
	if m := w.d.mail; m.read != 0 || len(m.items)+len(m.itemAge) != 0 {
		t.Errorf("left: %d bytes, %d items, %d keys", m.read, len(m.items), len(m.itemAge))
	}
}
