package bootnode

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// MaxBans bounds how many bans there are at a time.
const MaxBans = 10_000

// Target is who a ban is for: exactly one field is set.
type Target struct {
	Session crypto.SessionID
	Run     crypto.RunPublic
	Prefix  netip.Prefix  // masked; an address is one of full length
	Guest   string        // the name of an invitation
	Node    crypto.NodeID // another bootnode, which is for its owner to keep out
}

// Ban keeps somebody out.
type Ban struct {
	Target
	Until  time.Time // zero: for good
	Reason string    // told to who is kept out; "": none
}

// ErrTarget says that a text names nobody.
var ErrTarget = errors.New("neither a session (16 hexadecimal digits), a key (52 letters and digits), an IP address or prefix, token:NAME, nor the key of another bootnode (56 capital letters and digits)")

// ParseTarget reads a target as String writes it.
func ParseTarget(s string) (t Target, err error) {
	if name, ok := strings.CutPrefix(s, "token:"); ok {
		if name == "" || len(name) > maxGuestName || !printable(name) {
			return t, ErrTarget
		}
		return Target{Guest: name}, nil
	}
	if b, err := hex.DecodeString(s); err == nil && len(b) == len(t.Session) {
		t.Session = crypto.SessionID(b)
		if t == (Target{}) {
			return t, ErrTarget
		}
		return t, nil
	}
	if n, err := crypto.ParseNodeID(s); err == nil {
		if t.Node = n; t == (Target{}) {
			return t, ErrTarget
		}
		return t, nil
	}
	if k, err := crypto.ParsePublicKey(s); err == nil && !k.IsZero() {
		return Target{Run: crypto.RunPublic(k)}, nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		if p.Addr().Is4In6() {
			return t, ErrTarget
		}
		return Target{Prefix: p.Masked()}, nil
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return Target{Prefix: netip.PrefixFrom(a, a.BitLen())}, nil
	}
	return t, ErrTarget
}

// String is the target as ParseTarget reads it.
func (t Target) String() string {
	switch {
	case t.Guest != "":
		return "token:" + t.Guest
	case t.Node != crypto.NodeID{}:
		return t.Node.String()
	case t.Run != crypto.RunPublic{}:
		return t.Run.String()
	case t.Prefix.IsValid() && t.Prefix.IsSingleIP():
		return t.Prefix.Addr().String()
	case t.Prefix.IsValid():
		return t.Prefix.String()
	}
	return hex.EncodeToString(t.Session[:])
}

// bans are those in force, to be looked up by what a newcomer shows.
type bans struct {
	by      map[Target]Ban
	lengths [2][]int // of the prefixes of IPv4 and IPv6 that there are, in bits
}

func (b *bans) put(x Ban) {
	if b.by == nil {
		b.by = map[Target]Ban{}
	}
	b.by[x.Target] = x
	b.count(x)
}

// sweep forgets the bans that are over, and the lengths of prefixes that no
// other has.
func (b *bans) sweep(now time.Time) {
	b.lengths = [2][]int{}
	for t, x := range b.by {
		if !x.Until.IsZero() && !now.Before(x.Until) {
			delete(b.by, t)
			continue
		}
		b.count(x)
	}
}

// count notes how long the prefix of a ban is, if it has one.
func (b *bans) count(x Ban) {
	if f := family(x.Prefix.Addr()); x.Prefix.IsValid() && !slices.Contains(b.lengths[f], x.Prefix.Bits()) {
		b.lengths[f] = append(b.lengths[f], x.Prefix.Bits())
		slices.Sort(b.lengths[f]) // and not in the order of a map
	}
}

func family(a netip.Addr) int {
	if a.Is6() {
		return 1
	}
	return 0
}

// find is a ban that keeps somebody out; nil: none does.
func (b *bans) find(now time.Time, addr netip.Addr, id crypto.SessionID, run crypto.RunPublic, guest string) *Ban {
	if len(b.by) == 0 {
		return nil
	}
	look := func(t Target) *Ban {
		if x, ok := b.by[t]; ok && t != (Target{}) && (x.Until.IsZero() || now.Before(x.Until)) {
			return &x
		}
		return nil
	}
	for _, t := range []Target{{Session: id}, {Run: run}, {Guest: guest}} {
		if x := look(t); x != nil {
			return x
		}
	}
	addr = addr.Unmap().WithZone("")
	for _, bits := range b.lengths[family(addr)] {
		if p, err := addr.Prefix(bits); err == nil {
			if x := look(Target{Prefix: p}); x != nil {
				return x
			}
		}
	}
	return nil
}

// Ban puts bans into force and ends the registrations they are for; it returns
// how many those were.
func (d *Directory) Ban(now time.Time, list []Ban) (ended int, out []Action) {
	d.begin(now)
	d.bans.sweep(now)
	var fresh bans
	var runs []Ban
	for _, b := range list {
		d.bans.put(b)
		fresh.put(b)
		if b.Run != (crypto.RunPublic{}) {
			runs = append(runs, b)
		}
	}
	for _, q := range []*queue{&d.heard, &d.probed} {
		for m, next := q.head, (*member)(nil); m != nil; m = next {
			next = m.next
			hit := fresh.find(now, m.addr.Addr(), m.id, crypto.RunPublic{}, d.guest(m))
			for i := range runs { // a member's run is known by its session only
				if hit == nil && crypto.NewSessionID(runs[i].Run, m.room.tag) == m.id {
					hit = &runs[i]
				}
			}
			if hit != nil {
				d.dismiss(m, banWords(hit))
				ended++
			}
		}
	}
	return ended, d.end()
}

// banWords is what is told to who is banned.
func banWords(b *Ban) string {
	if b.Reason != "" {
		return b.Reason
	}
	return "no reason was given"
}

// Unban takes a ban back and reports whether there was one.
func (d *Directory) Unban(t Target) bool {
	_, was := d.bans.by[t]
	delete(d.bans.by, t)
	d.bans.sweep(d.wall)
	return was
}

// dismiss ends a registration and says why.
func (d *Directory) dismiss(m *member, why string) {
	d.body = wire.Text{Kind: wire.TextReason, Text: why}.Append(d.body[:0])
	d.send(m, wire.TypeText, d.body)
	d.send(m, wire.TypeBye, nil)
	d.remove(m, wire.RosterLeft)
	d.stats.Dismissed++
}

// maxBanWait is the longest that is told to who is kept out, in seconds.
const maxBanWait = 3600

// explain says with a refusal what there is to say.
func (d *Directory) explain(w *wire.Welcome, ev Event, f *wire.Register) {
	switch w.Status {
	case wire.StatusBanned:
		id := crypto.NewSessionID(f.Run, f.Tag)
		w.Wait = maxBanWait
		b := d.bans.find(d.wall, ev.From.Addr(), id, f.Run, d.cfg.Invited.name(f))
		if b == nil {
			return
		}
		w.Reason = b.Reason
		if !b.Until.IsZero() {
			w.Wait = uint16(min(max(b.Until.Sub(d.wall)/time.Second+1, 1), maxBanWait))
		}
	case wire.StatusMoving:
		w.Wait, w.Elsewhere = d.drain.seconds(d.now), d.drain.elsewhere
	}
}
