package bootnode

import (
	"maps"
	"net/netip"
	"time"

	"gochat/internal/wire"
)

const (
	// mailSpare is what an object takes besides its bytes.
	mailSpare = 512
	mailDay   = 24 * time.Hour
	// boxesPerNetwork is how many boxes that nobody came for before members of one
	// network may have in a day. A member has one in each room and conversation.
	boxesPerNetwork = 2048
	// maxNetworks is of how many networks it is known what they took. All others
	// share what one may.
	maxNetworks = 1 << 16
)

// networks is what networks took of what each may take in a day. Anybody can make
// up boxes: what one network can do with that is bounded here, so that the mailbox
// has room for others. A network that took all gets it back evenly, within a day.
type networks struct {
	took  map[site]meter
	sweep time.Duration // not before: it looks at all of them
}

func newNetworks() *networks { return &networks{took: map[site]meter{}} }

// charge is what a network took, to be given back if it was not used after all. Of
// the zero charge nothing is.
type charge struct {
	of   *networks
	key  site
	cost time.Duration
}

// take reports whether a network may have what takes it so long to get back, and
// counts it then.
func (s *networks) take(now time.Duration, from netip.Addr, cost time.Duration) (charge, bool) {
	k := networkOf(from)
	if _, known := s.took[k]; !known && len(s.took) >= maxNetworks {
		if now >= s.sweep {
			s.sweep = now + time.Second
			maps.DeleteFunc(s.took, func(_ site, m meter) bool { return time.Duration(m) <= now })
		}
		if len(s.took) >= maxNetworks {
			k = site{}
		}
	}
	m := s.took[k]
	if !m.take(now, cost, mailDay) {
		return charge{}, false
	}
	s.took[k] = m
	return charge{s, k, cost}, true
}

// giveBack undoes the take.
func (c charge) giveBack() {
	if c.of == nil {
		return
	}
	if m, known := c.of.took[c.key]; known {
		c.of.took[c.key] = m - meter(c.cost)
	}
}

// mailTime is how long a network takes to get n bytes back.
func mailTime(n, limit int) time.Duration {
	return time.Duration(float64(n+mailSpare) / float64(limit) * float64(mailDay))
}

// mayDeposit reports whether a member's network may put an object of n bytes,
// and counts it then.
func (d *Directory) mayDeposit(m *member, n int) (charge, bool) {
	if d.exemptMail(m) {
		return charge{}, true
	}
	return d.mail.depositors.take(d.now, m.addr.Addr(), mailTime(n, d.cfg.Limits.MailPerNetwork))
}

// mayOpen reports whether a member's network may have one more box, and counts it
// then.
func (d *Directory) mayOpen(m *member) (charge, bool) {
	if d.exemptMail(m) {
		return charge{}, true
	}
	return d.mail.openers.take(d.now, m.addr.Addr(), mailDay/boxesPerNetwork)
}

// used reports whether an answer tells that a request took what its network was
// charged for: a place in a box, or a box.
func (a *MailAnswer) used(op MailOp) bool {
	if op == MailPut {
		return a.Status == wire.BoxOK
	}
	return a.New
}

// exemptMail reports whether a member is excused from limits of the mailbox.
func (d *Directory) exemptMail(m *member) bool {
	return d.cfg.Limits.exempt(m.addr.Addr()) && !m.path.isStream()
}
