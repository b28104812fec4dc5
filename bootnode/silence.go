package bootnode

import (
	"time"

	"gochat/internal/wire"
)

// behindSlows is how much slower silence counts while packets wait that may end
// it: probing and giving up all whose beats lie unread would be the more work
// the more there is already. It still counts, so that a flood does not keep the
// dead listed for ever.
const behindSlows = 10

// patience is the clock by which members are silent.
func (d *Directory) patience() time.Duration { return d.now - d.behind }

// touch notes that a member was heard.
func (d *Directory) touch(m *member) {
	d.took = true
	d.queueOf(m).remove(m)
	m.probes = 0
	m.due = d.patience() + d.probeAfter
	d.heard.push(m)
	m.tidy(d.now)
}

func (d *Directory) queueOf(m *member) *queue {
	if m.probes > 0 {
		return &d.probed
	}
	return &d.heard
}

// checkSilence probes the silent and gives up those that stay so. It counts
// probes and not only time: after the process was stopped for a while everyone
// looks silent, and must get the chance to answer.
func (d *Directory) checkSilence() {
	for m := d.heard.head; m != nil && m.due <= d.patience(); m = d.heard.head {
		d.probe(m)
	}
	for m := d.probed.head; m != nil && m.due <= d.patience(); m = d.probed.head {
		if m.probes >= maxProbes {
			d.remove(m, wire.RosterTimedOut)
			d.stats.TimedOut++
			continue
		}
		d.probe(m)
	}
}

func (d *Directory) probe(m *member) {
	d.queueOf(m).remove(m)
	m.probes++
	m.due = d.patience() + d.probeInterval
	d.probed.push(m)
	d.send(m, wire.TypeProbe, nil)
	d.probeRenewal(m)
}

// probeRenewal asks the member to use the keys of its renewal, if there are any.
func (d *Directory) probeRenewal(m *member) {
	if r := m.passing().renewal; r != nil {
		b, _ := wire.SealSession(d.buf, wire.TypeProbe, m.id, d.awake(&r.session), nil)
		d.emit(r.addr, r.path, b)
	}
}

// pushInterval is the least time between two pages to the members of a large
// room; changes that come in between share one.
const pushInterval = 100 * time.Millisecond

// smallRoom is the most members that are told of each change at once.
const smallRoom = 32

// changed has the members of a room told, except who is informed already.
func (d *Directory) changed(r *room, informed *member) {
	switch {
	case r.dirty:
	case r.present() <= smallRoom:
		d.push(r, informed)
	default:
		if len(d.dirty) == 0 {
			d.pushDue = d.now + pushInterval
		}
		r.dirty = true
		d.dirty = append(d.dirty, r)
	}
}

// pushDirty pushes to all large rooms that changed since the last time.
func (d *Directory) pushDirty() {
	if len(d.dirty) == 0 || d.now < d.pushDue {
		return
	}
	for _, r := range d.dirty {
		r.dirty = false
		d.push(r, nil)
	}
	clear(d.dirty)
	d.dirty = d.dirty[:0]
}

// push sends one page of the latest changes to every member of a room. Who
// missed one, or finds that it does not hold all, asks for the rest.
func (d *Directory) push(r *room, informed *member) {
	p := r.page(r.pushed, wire.RosterRoom, d.entries)
	d.body = p.Append(d.body[:0])
	d.entries = p.Entries
	r.pushed = r.version
	for i := range r.log {
		if m := r.log[i].member; m != nil && m != informed {
			d.send(m, wire.TypeRoster, d.body)
		}
	}
}
