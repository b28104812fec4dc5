package peer

import (
	"time"

	"gochat/internal/wire"
)

const (
	noticeGap = time.Minute      // between the notices of one bootnode that are shown
	limitFor  = 30 * time.Second // a limit lasts if it is not told of again; bootnodes do so each 10 s
)

// limit notes what a bootnode's relay keeps from us until then, and has the
// members who are met through it told of anew.
func (b *boot) limit(till time.Time, words string) {
	b.limitTill = till
	if b.limited == words {
		return
	}
	b.limited = words
	for _, r := range b.node.rooms {
		for _, m := range r.members {
			if m.contact.via == b.cfg.Address {
				m.report()
			}
		}
	}
}

// relayLimit is what the relay in use keeps from a contact.
func (c *contact) relayLimit() string {
	for _, b := range c.node.boots {
		if b.cfg.Address == c.via && b.limited != "" {
			return "; " + b.limited
		}
	}
	return ""
}

// noticed tells the user what a bootnode says of its relay, in our own words.
func (b *boot) noticed(now time.Time, code wire.NoticeCode) {
	switch code {
	case wire.NoticeRelayLimited:
		b.limit(now.Add(limitFor), "its relay slows you down, as you send more at once than it allows")
	case wire.NoticeRelayQuota:
		b.limit(now.Add(limitFor), "its quota for you is used up, so what it has to relay waits")
	}
	if now.Before(b.quietTill) {
		return
	}
	x := Notice{Level: Warning}
	switch code {
	case wire.NoticeRelayLimited:
		x.Code = CodeRelayLimited
		x.Text = "the bootnode " + b.cfg.Address + " relays no more at once for one member, so messages to members without a direct path take longer; " +
			"nothing is lost. Who needs more can run another bootnode, with a higher --relay-rate."
	case wire.NoticeRelayQuota:
		x.Code = CodeRelayQuota
		x.Text = "the bootnode " + b.cfg.Address + " has relayed as much for you as its quota allows, so members without a direct path are not reached through it " +
			"for now; messages wait. Use another bootnode besides, or ask its operator for a higher --relay-quota."
	default:
		return
	}
	b.quietTill = now.Add(noticeGap)
	b.node.events.Put(x)
}
