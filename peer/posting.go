package peer

import (
	"fmt"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/wire"
	"gochat/room"
)

const (
	maxPostBoots = 2    // bootnodes that a copy is left at
	maxLineage   = 32   // records that go with a message, so that it can be read
	maxResumed   = 64   // messages of earlier runs that reached nobody
	maxHinted    = 256  // messages remembered as left, over restarts
	maxLeftRuns  = 8192 // records remembered as left by this run
)

// metaLeft is the key under which a room's store remembers which messages were
// left at a mailbox: their hints, the latest last.
const metaLeft = "peer.left"

// postings are the copies on their way to mailboxes.
type postings struct {
	shipments map[uint64]*shipment // by the Ref of each object
	left      map[leftAt]bool      // this run left this record there
	copies    copies
	hints     []wire.Hint // of messages left, as stored
	dirty     bool        // hints are not stored yet
	told      map[crypto.PublicKey]string
	host      string // where something was left last
	keep      time.Duration
}

type leftAt struct {
	boot *boot
	box  crypto.BoxID
	id   wire.RecordID
}

// shipment is a message on its way into a box, with what goes with it, to one or
// more bootnodes.
type shipment struct {
	parcel
	left   int // answers to come
	at     []*registration
	keep   map[*registration]time.Duration // by those that took it
	failed map[*registration]wire.BoxStatus
	ids    map[uint64]wire.RecordID // by Ref
	by     map[uint64]*registration
}

// boxSecret opens our box of this room.
func (r *Room) boxSecret() crypto.BoxSecret {
	return crypto.NewBoxSecret(r.node.cfg.Identity, r.keys.ID)
}

// wrote has a message of ours watched. Profiles are no messages: they go along
// with what cites them.
func (r *Room) wrote(now time.Time, a room.Deliver) {
	t := a.Record.Type
	if a.Own && !r.silent && !r.left && t != wire.RecordProfile && t != wire.RecordAdmin {
		r.post.watch(now, a.ID)
	}
}

// resumePost watches what earlier runs wrote and nobody is known to have, unless
// it was left before.
func (r *Room) resumePost(now time.Time) {
	if r.silent {
		return
	}
	raw, err := r.store.Meta(metaLeft)
	if err != nil {
		r.storeFailed(err)
	}
	for ; len(raw) >= len(wire.Hint{}); raw = raw[len(wire.Hint{}):] {
		r.posting.hints = append(r.posting.hints, wire.Hint(raw))
	}
	var ids []wire.RecordID
	for _, u := range r.engine.Undelivered() {
		if u.Delivered == 0 && !slices.Contains(r.posting.hints, u.ID.Hint()) {
			ids = append(ids, u.ID)
		}
	}
	for _, id := range ids[max(0, len(ids)-maxResumed):] {
		r.post.watch(now, id)
	}
}

// mailboxes are the registrations whose bootnodes keep mail.
func (r *Room) mailboxes() (out []*registration) {
	for _, b := range r.node.boots {
		for _, g := range b.regs {
			if g.room == r && g.state == rendezvous.Registered && g.mailbox.On && len(out) < maxPostBoots {
				out = append(out, g)
			}
		}
	}
	return out
}

func (r *Room) look() look {
	see := look{
		boxes: func() []room.Addressee {
			all := r.engine.Addressees(time.Now().Add(-postRecents), maxBoxes)
			return r.addBoxless(slices.DeleteFunc(all, func(a room.Addressee) bool { return !r.admits(a.Peer) }))
		},
		where: r.whereabouts,
		has:   r.engine.Has,
		pack:  r.pack,
	}
	see.hastily = len(r.drains) > 0 && slices.ContainsFunc(r.mailboxes(), func(g *registration) bool { return g.missing == 0 })
	return see
}

func (r *Room) whereabouts(key crypto.PublicKey) whereabouts {
	m := r.members[key]
	switch {
	case m == nil || m.presence.state == Left:
		return away
	case m.presence.state.Here():
		return here
	}
	return coming
}

func (r *Room) postDeadline() time.Time {
	if r.left || len(r.mailboxes()) == 0 {
		return time.Time{}
	}
	return r.post.deadline()
}

func (r *Room) postIdle() bool { return len(r.mailboxes()) == 0 || r.post.idle(r.look()) }

func (r *Room) tickPost(now time.Time) {
	at := r.postDeadline()
	if at.IsZero() || now.Before(at) {
		return
	}
	regs := r.mailboxes()
	for _, x := range r.post.dueParcels(now, r.look()) {
		r.ship(now, x, regs)
	}
}

// addBoxless adds those who a conversation is with and who have no box in it, as
// they have not opened it: nothing can be left for them, which is to be told.
func (r *Room) addBoxless(list []room.Addressee) []room.Addressee {
	if r.conversation == nil {
		return list
	}
	for _, key := range r.conversation.others(r.node.Key()) {
		known := slices.ContainsFunc(list, func(a room.Addressee) bool { return a.Peer == key })
		if !known && len(list) < maxBoxes {
			list = append(list, room.Addressee{Peer: key})
		}
	}
	return list
}

// pack seals a message and what goes with it.
func (r *Room) pack(x parcel) (out []packed) {
	if x.to.Box == (crypto.BoxID{}) {
		return nil
	}
	for _, rec := range r.lineage(x) {
		out = append(out, packed{rec.ID(), wire.SealRecord(rec, r.keys)})
	}
	return out
}

// ship leaves a message, with what goes with it, at bootnodes.
func (r *Room) ship(now time.Time, x parcel, regs []*registration) {
	if x.to.Box == (crypto.BoxID{}) {
		r.post.done(now, x, refused, false)
		r.tellNotKept(x, CodeMailboxUnknown, mailCopy{
			trouble: r.nameOf(x.to.Peer) + " has not opened this conversation yet, so no mailbox can keep anything of it",
		})
		return
	}
	s := &shipment{parcel: x, at: regs, keep: map[*registration]time.Duration{}, failed: map[*registration]wire.BoxStatus{}, ids: map[uint64]wire.RecordID{}, by: map[uint64]*registration{}}
	type put struct {
		g *registration
		d rendezvous.Deposit
	}
	var puts []put
	for _, o := range x.objects {
		for _, g := range regs {
			if o.id != x.id && r.posting.left[leftAt{g.boot, x.to.Box, o.id}] {
				continue
			}
			r.refs++
			s.ids[r.refs], s.by[r.refs] = o.id, g
			puts = append(puts, put{g, rendezvous.Deposit{Ref: r.refs, Box: x.to.Box, Object: o.object}})
		}
	}
	if len(puts) == 0 { // deleted in the meantime
		r.post.done(now, x, refused, false)
		return
	}
	s.left = len(puts)
	for _, p := range puts {
		r.posting.add(p.d.Ref, s)
	}
	for _, p := range puts {
		p.g.step(now, p.d)
	}
}

func (t *postings) add(ref uint64, s *shipment) {
	t.begin()
	t.shipments[ref] = s
}

// begin makes the maps when the first message is to be left.
func (t *postings) begin() {
	if t.shipments == nil {
		t.shipments = map[uint64]*shipment{}
		t.left = map[leftAt]bool{}
		t.copies = copies{}
		t.told = map[crypto.PublicKey]string{}
	}
}

// lineage is a message and what it cites that its addressee may lack, the oldest
// first: without that it would wait there. What others wrote they leave
// themselves, but for what nobody leaves: profiles.
func (r *Room) lineage(x parcel) (out []*wire.Record) {
	seen := map[wire.RecordID]bool{}
	for queue := []wire.RecordID{x.id}; len(queue) > 0 && len(out) < maxLineage; queue = queue[1:] {
		id := queue[0]
		if seen[id] {
			continue
		}
		seen[id] = true
		rec, err := r.store.Get(id)
		if err != nil || id != x.id && !r.goesAlong(rec, id, x.to.Peer) {
			continue
		}
		out = append(out, rec)
		if rec.Seq > 1 {
			queue = append(queue, rec.Prev)
		}
		queue = append(queue, rec.Parents...)
	}
	slices.Reverse(out)
	return out
}

func (r *Room) goesAlong(rec *wire.Record, id wire.RecordID, to crypto.PublicKey) bool {
	switch rec.Type {
	case wire.RecordProfile, wire.RecordAdmin, wire.RecordInvite:
		return rec.Author != to
	}
	return rec.Author == r.node.Key() && r.engine.Follows(id) && !r.engine.Has(id, to)
}

// deposited takes a bootnode's answer.
func (r *Room) deposited(now time.Time, g *registration, a rendezvous.Deposited) {
	s := r.posting.shipments[a.Ref]
	if s == nil {
		return
	}
	delete(r.posting.shipments, a.Ref)
	switch a.Status {
	case wire.BoxOK, wire.BoxDuplicate:
		if len(r.posting.left) >= maxLeftRuns {
			clear(r.posting.left)
		}
		r.posting.left[leftAt{g.boot, s.to.Box, s.ids[a.Ref]}] = true
		s.keep[g] = a.Keep
	default:
		s.failed[g] = a.Status
	}
	if s.left--; s.left > 0 {
		return
	}
	i := slices.IndexFunc(s.at, func(g *registration) bool { _, failed := s.failed[g]; return !failed })
	if i >= 0 {
		r.keptFor(now, s, s.at[i])
	} else {
		r.notKept(now, s, s.refusal())
	}
	if len(r.posting.shipments) == 0 && !r.left { // one write for many
		r.storeHints()
	}
	r.checkDrains()
}

// refusal is the bootnode whose answer tells why a message lies nowhere: one that
// went, or that has no mailbox any more, has no better reason than another.
func (s *shipment) refusal() *registration {
	i := slices.IndexFunc(s.at, func(g *registration) bool { return s.failed[g] != wire.BoxOff })
	return s.at[max(i, 0)]
}

// keptFor notes that a message lies in a box, and says so once for each absence
// of its owner.
func (r *Room) keptFor(now time.Time, s *shipment, g *registration) {
	t := &r.posting
	t.host, t.keep = g.boot.cfg.Address, s.keep[g]
	r.post.done(now, s.parcel, kept, false)
	if !slices.Contains(t.hints, s.id.Hint()) {
		t.hints = append(t.hints, s.id.Hint())
		t.hints = t.hints[max(0, len(t.hints)-maxHinted):]
		t.dirty = true
	}
	x := mailCopy{host: t.host}
	if t.keep > 0 {
		x.until = now.Add(t.keep)
	}
	t.copies.note(s.id, s.to.Peer, x, r.engine.Follows)
	r.emit(Kept{Room: r.name, ID: s.id.String(), For: r.person(s.to.Peer), Mailbox: t.host, Keep: t.keep})
	r.tellPost(s.to.Peer, Info, CodeMailboxKept,
		fmt.Sprintf("what you write is kept for %s, who is away, in the mailbox of %s%s", r.nameOf(s.to.Peer), t.host, keepWords(t.keep)))
}

// storeHints has the store remember what was left, for the next run.
func (r *Room) storeHints() {
	t := &r.posting
	if !t.dirty {
		return
	}
	t.dirty = false
	var raw []byte
	for _, h := range t.hints {
		raw = append(raw, h[:]...)
	}
	if err := r.store.SetMeta(metaLeft, raw); err != nil {
		r.storeFailed(err)
	}
}

// notKept says why a mailbox does not take a message.
func (r *Room) notKept(now time.Time, s *shipment, g *registration) {
	status := s.failed[g]
	full := status == wire.BoxFull || status == wire.BoxNoSpace
	r.post.done(now, s.parcel, refused, full)
	who, host := r.nameOf(s.to.Peer), g.boot.cfg.Address
	code, why := CodeMailboxFull, ""
	switch status {
	case wire.BoxFull:
		why = "the mailbox of " + who + " at " + host + " is full"
	case wire.BoxNoSpace:
		why = "the mailbox at " + host + " has no space left for " + who
	case wire.BoxUnknown:
		code, why = CodeMailboxUnknown, who+" never came to the mailbox at "+host+", so nothing is left there"
	case wire.BoxTooLarge:
		why = "a message is too large for the mailbox at " + host
	default:
		return
	}
	r.tellNotKept(s.parcel, code, mailCopy{host: host, trouble: why})
}

// tellNotKept notes why no copy of a message waits, and says so.
func (r *Room) tellNotKept(x parcel, code string, c mailCopy) {
	r.posting.begin()
	r.posting.copies.note(x.id, x.to.Peer, c, r.engine.Follows)
	r.tellPost(x.to.Peer, Warning, code, c.trouble+"; "+r.nameOf(x.to.Peer)+" gets it when you are both online")
}

// noBox says that a mailbox keeps nothing for us.
func (r *Room) noBox(g *registration) {
	r.emit(Notice{Room: r.name, Level: Warning, Code: CodeMailboxNone, Text: "the mailbox at " + g.boot.cfg.Address +
		" keeps nothing for you while you are away: it takes no more new boxes from your network today; gochat asks again as long as you are here"})
}

// nameOf is what somebody is called here, or, where nothing is known, in another room.
func (r *Room) nameOf(key crypto.PublicKey) string {
	nick := r.person(key).Nick
	if nick == key.Nickname() {
		if known, ok := r.node.nickOf(key); ok {
			nick = known
		}
	}
	return nick + "#" + key.Suffix()
}

// keepWords says for how long, in words.
func keepWords(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d >= 48*time.Hour:
		return fmt.Sprintf(" for %d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf(" for %d hours", d/time.Hour)
	}
	return " for " + d.String()
}

func (r *Room) tellPost(peer crypto.PublicKey, level Level, code, text string) {
	if r.posting.told[peer] == code {
		return
	}
	r.posting.told[peer] = code
	r.emit(Notice{Room: r.name, Level: level, Code: code, Text: text})
}

// back notes that a member is here again.
func (t *postings) back(peer crypto.PublicKey) { delete(t.told, peer) }

// unposted gives up what was on its way to a registration that ends.
func (r *Room) unposted(now time.Time, g *registration) {
	g.mailbox = rendezvous.Mailbox{}
	var refs []uint64
	for ref, s := range r.posting.shipments {
		if s.by[ref] == g {
			refs = append(refs, ref)
		}
	}
	slices.Sort(refs)
	for _, ref := range refs {
		r.deposited(now, g, rendezvous.Deposited{Ref: ref, Status: wire.BoxOff})
	}
}

// count tells how much of what reached nobody lies in a mailbox.
func (t *postings) count(d *Delivery, e *room.Engine) {
	for id := range t.copies {
		if !t.copies.kept(id) {
			continue
		}
		if n, _ := e.DeliveredTo(id); n == 0 && e.Follows(id) {
			d.Kept++
		}
	}
	d.Kept = min(d.Kept, d.Unreached)
	if d.Kept > 0 {
		d.Mailbox, d.Keep = t.host, t.keep
	}
}
