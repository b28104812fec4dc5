package room

import "gochat/internal/wire"

// The tree of a large room (PlumTree) grows by itself. At first every link is
// eager: records are pushed along it. A neighbour that brings what enough
// others brought before is pruned: it announces from then on, and is grafted
// again when something it announced does not come. Each member settles for
// itself who pushes to it, and keeps eagerFloor neighbours that really do:
// those that bring one record are counted, so who never passes anything on takes
// nobody's place, and one that fails or withholds costs no round of asking.

// prune asks a peer to announce others' records instead of pushing them.
func (e *Engine) prune(l *link) {
	l.pruned = true
	e.send(l, wire.LinkPrune{})
}

// graft asks it to push them again.
func (e *Engine) graft(l *link) {
	if l.pruned {
		l.pruned = false
		e.send(l, wire.LinkGraft{})
	}
}

// overheard takes the announcement of a record that is here.
func (e *Engine) overheard(l *link, h wire.Hint) {
	r := e.rumours.byHint[h]
	if r == nil {
		return
	}
	r.credit(l)
	if l.pruned && r.teller == noLink {
		r.teller = l.id
	}
}

// dueRumours looks back on what is news no more. A record that a single link
// brought, while another only announced it, calls for one more eager link.
func (e *Engine) dueRumours() {
	e.rumours.expire(e.now, func(r *rumour) {
		if l := e.link(r.teller); l != nil && e.overlay.large && len(r.by) == 1 {
			e.graft(l)
		}
	})
}

// keepEager grafts links at random when too few are left that were not pruned.
func (e *Engine) keepEager() {
	var pruned []*link
	for _, l := range e.links {
		if l.pruned {
			pruned = append(pruned, l)
		}
	}
	eager := len(e.links) - len(pruned)
	for _, l := range e.some(pruned, max(0, eagerFloor-eager)) {
		e.graft(l)
	}
}
