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
	// maxFilled bounds the pages that are read again for what came of the past.
	maxFilled = 8
)

// pageUp moves the window n rows towards the past, and fetches what is not here.
func (p *pane) pageUp(n int, now time.Time) (hint string) {
	n -= p.log.scrollUp(n)
	if n == 0 || p.room == nil {
		return ""
	}
	if len(p.log.entries) > maxEntries-roomForNews {
		return "that is as far as the screen goes; /history 50 ~9f3c2a shows what was before a message"
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

// filled takes in what came of the past, as far as it belongs on the screen.
func (p *pane) filled(e peer.HistoryFilled, now time.Time) {
	if p.room == nil {
		return
	}
	if len(p.log.byID) < recalled {
		for _, m := range p.room.History(recalled) {
			p.log.place(m, now)
		}
	} else {
		after := max(e.After, p.log.oldest())
		for n := 0; n < maxFilled && after < e.To; n++ {
			page := p.room.HistoryAfter(after, olderPage)
			if len(page) == 0 {
				break
			}
			for _, m := range page {
				p.log.place(m, now)
			}
			after = page[len(page)-1].Order
		}
	}
	p.placed += e.Count
	if line := front.FilledLine(p.placed, e, "PgUp"); line != "" {
		p.note(line, peer.Info, now)
		p.placed = 0
	}
}
