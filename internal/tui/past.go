package tui

import (
	"slices"
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
	past := p.older(oldest)
	if len(past) == 0 {
		return "this is the beginning"
	}
	p.takePast(past, nil, now)
	p.log.scrollUp(n)
	return ""
}

// older reads what is older than a place in the order: a page, or more of them as
// long as nearly all is one flood.
func (p *pane) older(before string) (past []peer.Message) {
	for range maxFilled {
		page := p.room.HistoryBefore(before, olderPage)
		if len(page) == 0 {
			return past
		}
		past, before = slices.Concat(page, past), page[0].Order
		if shown, _ := front.FoldPast(nil, past, "", nil); len(shown) >= olderPage/2 {
			return past
		}
	}
	return past
}

// filled takes in what came of the past, as far as it belongs on the screen:
// nothing is left out behind the oldest message there.
func (p *pane) filled(e peer.HistoryFilled, now time.Time) {
	if p.room == nil {
		return
	}
	switch after := e.After; {
	case e.Count > recalled:
		p.takePast(p.room.History(recalled), nil, now)
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
	var past []peer.Message
	for n := 0; n < maxFilled && after < to; n++ {
		page := p.room.HistoryAfter(after, olderPage)
		if len(page) == 0 {
			break
		}
		past, after = append(past, page...), page[len(page)-1].Order
	}
	p.takePast(slices.DeleteFunc(past, func(m peer.Message) bool { return m.Order > to }), nil, now)
}
