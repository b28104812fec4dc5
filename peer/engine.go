package peer

import (
	"fmt"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/room"
)

// step runs the room's engine and does what it wants. Loop only.
func (r *Room) step(now time.Time, ev room.Event) {
	for _, a := range r.engine.Step(now, ev) {
		r.act(now, a)
	}
	r.checkDrains()
	r.checkLeave(now)
}

func (r *Room) act(now time.Time, a room.Action) {
	switch a := a.(type) {
	case room.Commit:
		if !r.left {
			r.commits <- a // there is never more than one under way
		}
	case room.Trim:
		r.trim(a.Before)
	case room.Send:
		if l := r.link(a.Link); l != nil {
			l.write(a.Frame)
		}
	case room.Deliver:
		r.converse(now, a)
		r.deliver(now, a)
		r.wrote(now, a)
	case room.Delivered:
		r.tellDelivered(now, a)
	case room.Changed, room.Filled, room.HolesChanged, room.Compared:
		r.tell(a)
	case room.TypingChanged:
		r.tellTyping(a)
	case room.Appended:
		if f := r.waiting[a.Ref]; f != nil {
			delete(r.waiting, a.Ref)
			f(a.ID, a.Err)
		}
	case room.Imported:
		if f := r.importing[a.Ref]; f != nil {
			delete(r.importing, a.Ref)
			f(a)
		}
	case room.Dial:
		if m := r.members[a.Peer]; m != nil {
			m.want(now)
		}
	case room.Undial:
		if m := r.members[a.Peer]; m != nil {
			m.unwant(now)
		}
	case room.CloseLink:
		if l := r.link(a.Link); l != nil && a.Reason == room.Surplus {
			l.release(now, ending{})
		} else if l != nil {
			r.shun(now, l, a.Reason.String())
		}
	case room.PeerLeft:
		if l := r.link(a.Link); l != nil {
			l.release(now, ending{left: true})
		}
	case room.ForkSeen:
		r.forkSeen(a)
	case room.ClockOff:
		if a.Offset != 0 {
			r.emit(Notice{Room: r.name, Level: Warning, Code: CodeClock,
				Text: fmt.Sprintf("your clock is off by %s from the other members'; set it, so that messages sort right", a.Offset.Round(time.Second))})
		}
	case room.StoreFailed:
		r.storeFailed(a.Err)
	}
}

// deliver hands a message to the front, which says when it shows it.
func (r *Room) deliver(now time.Time, a room.Deliver) {
	if r.left {
		return // it is news when the room is joined again
	}
	e := MessageEvent{show: func() {
		if err := r.store.MarkShown(a.ID); err != nil {
			r.storeFailed(err)
		}
	}}
	if r.node.cfg.Unattended {
		e.show = nil // it is for who reads later
	}
	m, ok := r.message(a.Message)
	if !ok || m.Ignored || r.hidden { // once it is not ignored or folded any more, the history has it
		e.Show()
		return
	}
	e.Message = m
	r.put(e)
	if m.Own {
		r.overdue.watch(now, a.ID)
	}
}

func (r *Room) storeFailed(err error) {
	r.put(Notice{Room: r.name, Level: Failure, Code: CodeStore, Text: "cannot store messages: " + err.Error()})
}

func (r *Room) forkSeen(a room.ForkSeen) {
	text := r.nameOf(a.Author) + " has signed two different messages for one place; that chain of messages is frozen"
	if a.NewChain != 0 {
		text = "this identity was also used elsewhere, perhaps from a restored backup; new messages continue in a new chain"
	}
	r.emit(Notice{Room: r.name, Level: Warning, Code: CodeFork, Text: text})
}

// shun ends a link whose other end broke the protocol, and leaves the member
// alone for a while. Other rooms are not concerned.
func (r *Room) shun(now time.Time, l *link, why string) {
	m := l.member
	l.abort(closeInvalid)
	m.contact.endStreams(r)
	m.decide(now, m.presence.shun(now, why))
	l.down(now, ending{why: why})
	l.conn.settle(closeInvalid)
}

// emit tells the front, unless we left or it does not know of the room.
func (r *Room) emit(e Event) {
	if r.left {
		return
	}
	if r.hidden {
		x, ok := e.(Notice)
		if !ok || x.Level != Failure {
			return
		}
		x.Room = "" // what fails is told all the same
		e = x
	}
	r.put(e)
}

// commitLoop stores what the engine wants stored, beside the loop.
func (r *Room) commitLoop() {
	defer close(r.stored)
	for c := range r.commits {
		err := r.store.Commit(c.Put, c.Delete)
		r.node.mail.put(func(now time.Time) { r.step(now, room.Committed{Batch: c.Batch, Err: err}) })
	}
}

// trim deletes what is kept no more, beside everything else. What fails of it
// the engine asks for again at the next start.
func (r *Room) trim(before wire.Clk) {
	r.node.tasks.Go(func() {
		if err := r.store.DropBefore(before); err != nil {
			r.put(Notice{Room: r.name, Level: Failure, Code: CodeStore, Text: "cannot delete old messages: " + err.Error()})
		}
	})
}

// append writes an own record; done is called once it is stored or refused.
func (r *Room) append(now time.Time, a room.Append, done func(wire.RecordID, error)) {
	r.refs++
	r.waiting[r.refs] = done
	a.Ref = r.refs
	r.step(now, a)
}

// writeProfile tells the room the own nick, for those who read later, and where
// to leave what we miss.
func (r *Room) writeProfile(now time.Time) {
	if r.silent {
		return
	}
	box := r.boxSecret().ID()
	fields := []wire.Field{{Type: wire.FieldNick, Value: []byte(r.node.nick)}, {Type: wire.FieldBox, Value: box[:]}}
	r.append(now, room.Append{Type: wire.RecordProfile, Fields: fields}, func(wire.RecordID, error) {})
}

func (r *Room) link(id room.LinkID) *link {
	for _, m := range r.members {
		if m.link != nil && m.link.id == id {
			return m.link
		}
	}
	return nil
}

func (r *Room) engineLinkUp(now time.Time, l *link) {
	r.step(now, room.LinkUp{Link: l.id, Peer: l.member.contact.key, Key: l.conn.sum})
}

func (r *Room) engineLinkDown(now time.Time, l *link) { r.step(now, room.LinkDown{Link: l.id}) }

func (r *Room) engineLeft(now time.Time, key crypto.PublicKey) { r.step(now, room.Left{Peer: key}) }

func (r *Room) engineDialFailed(now time.Time, key crypto.PublicKey) {
	r.step(now, room.DialFailed{Peer: key})
}

func (r *Room) engineFrame(now time.Time, l *link, frame []byte) {
	r.step(now, room.Frame{Link: l.id, Data: frame})
}

// claimedNick is the cleaned nick that an author uses: from its profile record,
// from its announcement, or made from its key.
func (r *Room) claimedNick(key crypto.PublicKey) string {
	if m := r.members[key]; m != nil && m.nick != "" {
		return m.nick
	}
	if nick := r.pastNick(key); nick != "" {
		return nick
	}
	return key.Nickname()
}

// pin returns the key that first used a nick. The own nick is one's own.
func (r *Room) pin(nick string, key crypto.PublicKey) crypto.PublicKey {
	if key != r.node.Key() && text.Fold(nick) == text.Fold(r.node.nick) {
		return r.node.Key()
	}
	return r.node.pinned(nick, key)
}

// pinned returns the key that first used a nick.
func (n *Node) pinned(nick string, key crypto.PublicKey) crypto.PublicKey {
	return n.cfg.Names.Pin(text.Fold(nick), key)
}
