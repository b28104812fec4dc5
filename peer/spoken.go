package peer

import (
	"strings"
	"time"

	"gochat/internal/rendezvous"
	"gochat/internal/text"
	"gochat/internal/wire"
)

// A bootnode's operator may say so much at once, and so often after that: what a
// person can read.
const (
	spokenBurst = 5
	spokenEvery = 30 * time.Second
)

// spoken is what a bootnode's operator has said. Each room's registration
// hears it.
type spoken struct {
	motd, notice uint32
	told         bool   // notice was set
	reason       string // the last one
	full         time.Time
}

// take reports whether a bootnode may be heard once more.
func (s *spoken) take(now time.Time) bool {
	if s.full.Before(now) {
		s.full = now
	}
	if s.full.Sub(now) > (spokenBurst-1)*spokenEvery {
		return false
	}
	s.full = s.full.Add(spokenEvery)
	return true
}

// heard shows the words of a bootnode's operator, as those of a stranger.
func (b *boot) heard(now time.Time, a rendezvous.Told) {
	s := &b.spoken
	x := Notice{Level: Info}
	switch a.Kind {
	case wire.TextMOTD:
		if a.ID == s.motd {
			return
		}
		s.motd = a.ID
		x.Code = CodeBootnodeMOTD
	case wire.TextNotice:
		if s.told && int32(a.ID-s.notice) <= 0 {
			return
		}
		s.notice, s.told = a.ID, true
		x.Code = CodeBootnodeNotice
	case wire.TextReason:
		if a.Text == s.reason {
			return
		}
		s.reason = a.Text
		x.Level, x.Code = Warning, CodeBootnodeReason
	default:
		return
	}
	if !s.take(now) {
		return
	}
	words := strings.ReplaceAll(text.Clean(a.Text, wire.MaxText), "\n", " / ")
	if strings.TrimSpace(words) == "" {
		return
	}
	x.Text = "the bootnode " + b.cfg.Address + " says: " + words
	if a.Kind == wire.TextReason {
		x.Text = "the bootnode " + b.cfg.Address + " sends you away; its operator says: " + words + ". gochat asks again from time to time; another bootnode can be named with --bootnode"
	}
	b.node.events.Put(x)
}
