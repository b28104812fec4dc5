package peer

import (
	"cmp"
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

// History returns the last limit messages in room order, oldest first. What is
// deleted is among them, without its text; what people wrote who are ignored is not.
func (r *Room) History(limit int) []Message {
	return r.page(limit, true, "")
}

// HistoryBefore returns the last limit messages before a place in the order (as
// Message.Order has it), oldest first.
func (r *Room) HistoryBefore(order string, limit int) []Message {
	return r.page(limit, true, cmp.Or(order, beforeAll))
}

// HistoryAfter returns the first limit messages behind a place in the order.
func (r *Room) HistoryAfter(order string, limit int) []Message {
	return r.page(limit, false, order)
}

// maxSkipped bounds how many records that show nothing are passed over for a page.
const maxSkipped = 10_000

// beforeAll is a place in the order before every message.
const beforeAll = "0"

// page collects messages that show something, from one side of a place on (""
// and backward: from the end), until there are limit messages or no more records.
func (r *Room) page(limit int, backward bool, edge string) (out []Message) {
	_ = r.node.do(func(time.Time) {
		for skipped := 0; limit > len(out) && skipped < maxSkipped; {
			want := limit - len(out)
			raw := r.records(backward, edge, want)
			var part []Message
			for _, m := range raw {
				if r.node.Ignored(m.Record.Author) { // the engine has left them out; the store has not
					continue
				}
				if m, ok := r.message(m); ok {
					part = append(part, m)
				}
			}
			skipped += len(raw) - len(part)
			if backward {
				out = append(part, out...)
			} else {
				out = append(out, part...)
			}
			if len(raw) < want {
				return
			}
			edge = raw[len(raw)-1].Order
			if backward {
				edge = raw[0].Order
			}
		}
	})
	return out
}

// records reads a page from the engine, or, before there is one, from the store.
// Loop only, as view.
func (r *Room) records(backward bool, edge string, limit int) (page []room.Message) {
	if !r.isReady() {
		return r.paged(backward, edge, limit)
	}
	switch {
	case !backward:
		return r.engine.HistoryAfter(edge, limit)
	case edge == "":
		return r.engine.History(limit)
	}
	return r.engine.HistoryBefore(edge, limit)
}

// paged reads a page from the store. What is wrong with the store, the reading
// of it tells.
func (r *Room) paged(backward bool, edge string, limit int) (page []room.Message) {
	pager, ok := r.store.(Pager)
	if !ok || r.left || !backward && edge == "" {
		return nil
	}
	var err error
	if backward {
		page, err = pager.Page(edge, limit)
	} else {
		page, err = pager.After(edge, limit)
	}
	if err != nil {
		r.node.log.Warn("a page of messages cannot be read", "error", err)
	}
	return page
}

func (r *Room) view(id wire.RecordID) (room.Message, bool) {
	if r.isReady() {
		return r.engine.View(id)
	}
	if pager, ok := r.store.(Pager); ok && !r.left {
		m, err := pager.View(id.String())
		return m, err == nil
	}
	return room.Message{}, false
}

// View returns one message; false if it is not here.
func (r *Room) View(id string) (out Message, ok bool) {
	target, err := parseID(id)
	if err != nil {
		return Message{}, false
	}
	_ = r.node.do(func(time.Time) {
		var m room.Message
		if m, ok = r.view(target); ok {
			out, ok = r.message(m)
		}
	})
	return out, ok
}
