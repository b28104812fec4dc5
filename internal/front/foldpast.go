package front

import (
	"time"

	"gochat/peer"
)

// FoldContext is how many messages before a stretch of the past FoldPast should
// know, to see a flood that goes on in it, also of one who is not the only one to
// write.
const FoldContext = 10 * floodMessages

// PastFold is a burst of the past that is not all shown.
type PastFold struct {
	Folded
	Order string // of the first message that is folded: the line stands in its place
}

// Join is one line for a burst of which two stretches were read apart, the second
// behind the first.
func (f PastFold) Join(g PastFold) PastFold {
	f.Sent += g.Folded.Folded
	f.Folded.Folded += g.Folded.Folded
	f.Span += g.Span
	f.End, f.Next = g.End, g.Next
	if g.Begin.Before(f.Begin) {
		f.Begin = g.Begin
	}
	return f
}

// FoldPast is what Flood does, for a stretch of the past as it is shown at once:
// the messages shown, and the bursts the rest is folded into. before is what comes
// before the stretch, next the id of the message behind it ("": none), and keep
// says of what would be folded that it is shown (nil: nothing is).
func FoldPast(before, past []peer.Message, next string, keep func(id string) bool) (shown []peer.Message, folds []PastFold) {
	var flood Flood
	for _, m := range before {
		flood.Step(m.Time, m)
	}
	first, open := map[int]int{}, map[string]int{} // of a fold: its first message; by author: its fold
	for i, m := range past {
		show, burst, _ := flood.Step(m.Time, m)
		author := m.Author.String()
		if show && !m.Own {
			delete(open, author)
		}
		if show || keep != nil && keep(m.ID) {
			shown = append(shown, m)
			continue
		}
		at, ok := open[author]
		if !ok {
			at = len(folds)
			open[author], first[at] = at, i
			folds = append(folds, PastFold{Folded: burst, Order: m.Order})
			folds[at].Folded.Folded = 0
		}
		f := &folds[at]
		f.Folded.Folded++
		f.Sent, f.Begin, f.End = burst.Sent, earlier(f.Begin, burst.Begin), burst.End
		if f.Span, f.Next = i-first[at]+1, next; i+1 < len(past) {
			f.Next = past[i+1].ID
		}
	}
	return shown, folds
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
