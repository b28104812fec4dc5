package peer

import (
	"strings"
	"testing"
	"time"

	"gochat/internal/wire"
)

// A limit of the relay is told of for as long as it lasts, the notice once.
func TestRelayLimitLasts(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, _, _ *Room) {
		p.do(p.a, func(now time.Time) {
			b := p.a.newBoot(Bootnode{Address: "boot.example:9595"})
			p.a.boots = []*boot{b}
			p.a.contacts[p.b.Key()].via = b.cfg.Address
			b.noticed(now, wire.NoticeRelayQuota)
			b.noticed(now.Add(10*time.Second), wire.NoticeRelayQuota)
		})
		if d := p.a.Diagnose(); !strings.Contains(d.Bootnodes[0].Limited, "quota") {
			t.Errorf("not told of: %+v", d.Bootnodes[0])
		}
		p.do(p.a, func(time.Time) {
			if got := p.a.contacts[p.b.Key()].relayLimit(); !strings.Contains(got, "quota") {
				t.Errorf("%q is said of a member", got)
			}
		})
		p.settle(10*time.Second + limitFor + time.Second)
		if d := p.a.Diagnose(); d.Bootnodes[0].Limited != "" {
			t.Errorf("told of still: %+v", d.Bootnodes[0])
		}
		notices := 0
		for _, e := range p.events(p.a) {
			if x, is := e.(Notice); is && x.Code == CodeRelayQuota {
				notices++
			}
		}
		if notices != 1 {
			t.Errorf("%d notices", notices)
		}
		p.do(p.a, func(time.Time) { p.a.boots = nil })
	})
}
