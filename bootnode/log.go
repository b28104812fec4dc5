package bootnode

import (
	"log/slog"
	"time"
)

// How often there may be lines about members, and about trouble.
const (
	membersLogInterval = time.Second
	troubleLogInterval = 10 * time.Second
)

// changeLog tells the log what has changed, in numbers only: neither rooms nor
// members nor their addresses are named.
type changeLog struct {
	logger                  *slog.Logger
	members, nodes, trouble logPace
}

// logPace keeps one kind of lines apart.
type logPace struct {
	told Stats     // by the last one
	last time.Time // when
	due  time.Time // of the next; zero: nothing to tell
}

// ready reports whether a change may be told now, and else notes that it waits.
func (p *logPace) ready(now time.Time, every time.Duration, changed bool) bool {
	if !changed {
		p.due = time.Time{}
		return false
	}
	if next := p.last.Add(every); now.Before(next) {
		p.due = next
		return false
	}
	return true
}

func (p *logPace) tell(now time.Time, s *Stats) { p.told, p.last, p.due = *s, now, time.Time{} }

// note logs what is new.
func (l *changeLog) note(now time.Time, s *Stats) {
	m := &l.members
	joined, left, timedOut := s.Joined-m.told.Joined, s.Left-m.told.Left, s.TimedOut-m.told.TimedOut
	dismissed := s.Dismissed - m.told.Dismissed
	if m.ready(now, membersLogInterval, joined+left+timedOut+dismissed > 0) {
		l.logger.Info("members changed", "joined", joined, "left", left, "timed_out", timedOut, "dismissed", dismissed,
			"members", s.Members, "rooms", s.Rooms)
		m.tell(now, s)
	}
	n := &l.nodes
	gone, back := s.Presence.Gone-n.told.Presence.Gone, s.Presence.Nodes != n.told.Presence.Nodes
	if n.ready(now, membersLogInterval, back || gone > 0) {
		l.logger.Info("other bootnodes came or went", "nodes", s.Presence.Nodes, "gone", gone)
		n.tell(now, s)
	}
	t := &l.trouble
	since := func(r DropReason) uint64 { return s.Drops[r] - t.told.Drops[r] }
	refused := s.Refused - t.told.Refused
	shed, relay := since(DropOverload)+since(DropRate), since(DropRelayRate)
	if t.ready(now, troubleLogInterval, refused+shed+relay > 0) {
		l.logger.Warn("limits reached: newcomers are refused or have to wait, or relayed packets are dropped",
			"refused", refused, "shed", shed, "relay_dropped", relay, "members", s.Members)
		t.tell(now, s)
	}
}

// deadline is when note wants to be called again; zero: when something changes.
func (l *changeLog) deadline() (due time.Time) {
	for _, p := range []*logPace{&l.members, &l.nodes, &l.trouble} {
		if due.IsZero() || !p.due.IsZero() && p.due.Before(due) {
			due = p.due
		}
	}
	return due
}
