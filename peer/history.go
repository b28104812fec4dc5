package peer

import (
	"time"

	"gochat/room"
)

// History returns the last limit messages in room order, oldest first. What is
// deleted is among them, without its text.
func (r *Room) History(limit int) []Message {
	return r.page(limit, true, func(n int) []room.Message { return r.engine.History(n) }, r.engine.HistoryBefore)
}

// HistoryBefore returns the last limit messages before a place in the order (as
// Message.Order has it), oldest first.
func (r *Room) HistoryBefore(order string, limit int) []Message {
	return r.page(limit, true, func(n int) []room.Message { return r.engine.HistoryBefore(order, n) }, r.engine.HistoryBefore)
}

// HistoryAfter returns the first limit messages behind a place in the order.
func (r *Room) HistoryAfter(order string, limit int) []Message {
	return r.page(limit, false, func(n int) []room.Message { return r.engine.HistoryAfter(order, n) }, r.engine.HistoryAfter)
}

// maxSkipped bounds how many records that show nothing are passed over for a page.
const maxSkipped = 10_000

// page collects messages that show something: first gives the first records,
// more those behind a place, until there are limit messages or no more records.
func (r *Room) page(limit int, backward bool, first func(int) []room.Message, more func(string, int) []room.Message) (out []Message) {
	_ = r.node.do(func(time.Time) {
		for skipped := 0; limit > len(out) && skipped < maxSkipped; {
			want := limit - len(out)
			raw := first(want)
			var part []Message
			for _, m := range raw {
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
			edge := raw[len(raw)-1].Order
			if backward {
				edge = raw[0].Order
			}
			first = func(n int) []room.Message { return more(edge, n) }
		}
	})
	return out
}

// View returns one message; false if it is not here.
func (r *Room) View(id string) (out Message, ok bool) {
	target, err := parseID(id)
	if err != nil {
		return Message{}, false
	}
	_ = r.node.do(func(time.Time) {
		var m room.Message
		if m, ok = r.engine.View(target); ok {
			out, ok = r.message(m)
		}
	})
	return out, ok
}
