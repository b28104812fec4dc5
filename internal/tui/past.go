package tui

import (
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

const (
	// olderPage is how many messages are fetched at once when the user pages
	// back beyond what is here.
	olderPage = 200
	// roomForNews is kept free of the past, so that what is paged in is not
	// dropped for the next message.
	roomForNews = 10_000
	// maxFilled bounds the pages that are read for what came of the past at once.
	maxFilled = 50
)

// pageUp moves the window n rows towards the past, and fetches what is not here.
func (p *pane) pageUp(n int, now time.Time) (hint string) {
	n -= p.log.scrollUp(n)
	if n == 0 || p.room == nil {
		return ""
	}
	if len(p.log.entries) > maxEntries-roomForNews {
		return "the screen goes no further; /history 50 ~9f3c2a shows what was before"
	}
	oldest := p.log.oldest()
	if oldest == "" {
		return ""
	}
	page := p.room.HistoryBefore(oldest, olderPage)
	for _, m := range page {
		p.log.place(m, now)
	}
	if len(page) == 0 {
		return "this is the beginning"
	}
	p.log.scrollUp(n)
	return ""
}

// filled takes in what came of the past, as far as it belongs on the screen:
// nothing is left out behind the oldest message there.
func (p *pane) filled(e peer.HistoryFilled, now time.Time) {
	if p.room == nil {
		return
	}
	switch after := e.After; {
	case e.Count > recalled:
		for _, m := range p.room.History(recalled) {
			p.log.place(m, now)
		}
	case len(p.log.byID) >= recalled:
		p.between(max(after, p.log.oldest()), e.To, now)
	default:
		p.between(after, e.To, now)
	}
	p.placed += e.Count
	if line := front.FilledLine(p.placed, e, "PgUp"); line != "" {
		p.note(line, peer.Info, now)
		p.placed = 0
	}
}

// between takes in what lies behind one place in the order, up to another.
func (p *pane) between(after, to string, now time.Time) {
	for n := 0; n < maxFilled && after < to; n++ {
		page := p.room.HistoryAfter(after, olderPage)
		for _, m := range page {
			if m.Order > to {
				return
			}
			p.log.place(m, now)
		}
		if len(page) == 0 {
			return
		}
		after = page[len(page)-1].Order
	}
}
