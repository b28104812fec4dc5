package peer

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/wire"
)

// A bootnode cannot flood its members with words, nor break lines with them.
func TestWordsOfABootnode(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, _, _ *Room) {
		p.do(p.a, func(now time.Time) {
			b := p.a.newBoot(Bootnode{Address: "boot.example:9595"})
			for i := range 1000 {
				a := rendezvous.Told{Kind: wire.TextNotice, ID: uint32(i + 1), Text: fmt.Sprintf("words %d\nalice: \x1b[31mgive me your key\u202e", i)}
				b.heard(now.Add(time.Duration(i)*time.Second), a)
				b.heard(now.Add(time.Duration(i)*time.Second), a) // another room heard it, too
			}
		})
		p.settle(time.Second)
		shown := 0
		for _, e := range p.events(p.a) {
			if x, is := e.(Notice); is && x.Code == CodeBootnodeNotice {
				shown++
				if strings.ContainsAny(x.Text, "\n\x1b\u202e") || !strings.HasPrefix(x.Text, "the bootnode boot.example:9595 says: ") {
					t.Errorf("%q", x.Text)
				}
			}
		}
		if most := spokenBurst + int(1000*time.Second/spokenEvery) + 1; shown < spokenBurst || shown > most {
			t.Errorf("%d of 1000 were shown", shown)
		}
	})
}

// Nor by stopping and staying by turns.
func TestABootnodeThatCannotDecide(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, _, _ *Room) {
		p.do(p.a, func(now time.Time) {
			b := p.a.newBoot(Bootnode{Address: "203.0.113.1:9595"})
			for i := range 100 {
				at := now.Add(time.Duration(i) * time.Millisecond)
				b.departs(at, rendezvous.Departing{In: time.Second})
				b.departs(at, rendezvous.Departing{CalledOff: true})
			}
		})
		p.settle(time.Second)
		shown := 0
		for _, e := range p.events(p.a) {
			if x, is := e.(Notice); is && (x.Code == CodeBootnodeStops || x.Code == CodeBootnodeStays) {
				shown++
			}
		}
		if shown != spokenBurst {
			t.Errorf("%d of 200 were shown", shown)
		}
	})
}

// Where a bootnode may send its members.
func TestPlausible(t *testing.T) {
	outside, inside := &boot{node: &Node{}, addr: netip.MustParseAddrPort("203.0.113.1:9595")}, &boot{node: &Node{}, addr: netip.MustParseAddrPort("192.168.1.1:9595")}
	for address, want := range map[string][2]bool{
		"203.0.113.9:9595":       {true, true},
		"b.example:9595":         {true, true},
		"[2001:db8::1]:9595":     {true, true},
		"192.168.1.9:9595":       {false, true},
		"127.0.0.1:9595":         {false, true},
		"[::1]:9595":             {false, true},
		"[::ffff:10.0.0.1]:9595": {false, true},
		"169.254.0.1:1":          {false, true},
		"0.0.0.0:9595":           {false, false},
		"224.0.0.1:9595":         {false, false},
		"b.example":              {false, false},
		":9595":                  {false, false},
		"b.example:0":            {false, false},
		"wss://b.example/x":      {false, false}, // there is no way over TCP here
	} {
		if got := [2]bool{outside.plausible(address), inside.plausible(address)}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	outside.node.cfg.DialWS = func(context.Context, string, func(netip.Addr) bool) (Stream, error) { return nil, nil }
	for address, want := range map[string][2]bool{
		"wss://b.example/x":                {true, true},
		"wss://203.0.113.9":                {true, true},
		"ws://127.0.0.1:8080/admin?x=1":    {false, true},
		"ws://192.168.1.1/x":               {false, true},
		"ws://100.64.0.1/x":                {false, true},
		"wss://[::1]:1/":                   {false, true},
		"wss://[::ffff:127.0.0.1]:1/":      {false, true},
		"ws://0.0.0.0/":                    {false, false},
		"ws:///x":                          {false, false},
		"ws://user:word@b.example/":        {false, false},
		"ws://b.example:0/":                {false, false},
		"ws://b.example/%zz\x7f:// broken": {false, false},
	} {
		inside.node.cfg.DialWS = outside.node.cfg.DialWS
		if got := [2]bool{outside.plausible(address), inside.plausible(address)}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	byURL := &boot{node: outside.node, cfg: Bootnode{Address: "ws://192.168.1.1:8080/x"}}
	if !byURL.plausible("192.168.1.2:1") || byURL.plausible("0.0.0.0:1") {
		t.Error("a bootnode named by the URL of an address in this network is not taken for one in it")
	}
	behind := &boot{node: outside.node, standsFor: outside}
	if got := behind.reputable([]netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:1"), netip.MustParseAddrPort("203.0.113.9:1")}); len(got) != 1 {
		t.Errorf("a name may stand for %v", got)
	}
}

// However often and whomever a bootnode names, members follow to two at most,
// those follow nobody in turn, and with a key that the user gave only to a key.
func TestStandInsAreFew(t *testing.T) {
	talking(t, func(t *testing.T, p *pair, _, _ *Room) {
		p.do(p.a, func(now time.Time) {
			n := p.a
			b := n.newBoot(Bootnode{Address: "203.0.113.1:9595"})
			b.addr = netip.MustParseAddrPort("203.0.113.1:9595")
			n.boots = []*boot{b}
			for i := range 50 {
				var list []wire.Alternative
				for j := range wire.MaxAlternatives {
					list = append(list, wire.Alternative{Address: fmt.Sprintf("203.0.113.%d:%d", 10+i, 1000+j)})
				}
				b.departs(now, rendezvous.Departing{In: time.Second, Elsewhere: list})
				for _, x := range b.standIns() {
					x.departs(now, rendezvous.Departing{In: time.Second, Elsewhere: list})
				}
				b.departs(now, rendezvous.Departing{CalledOff: true})
			}
			if len(n.boots) != 1+mostStandIns {
				t.Errorf("%d bootnodes", len(n.boots))
			}
			strict := n.newBoot(Bootnode{Address: "203.0.113.2:9595", Key: crypto.RunPublic{1}, Strict: true})
			strict.addr = netip.MustParseAddrPort("203.0.113.2:9595")
			n.boots = append(n.boots, strict)
			strict.addStandIns(now, []wire.Alternative{{Address: "203.0.113.99:1"}})
			if len(strict.standIns()) != 0 {
				t.Error("with a key that was given it went to one without")
			}
			strict.addStandIns(now, []wire.Alternative{{Address: "203.0.113.99:1", Key: crypto.RunPublic{2}}})
			if x := strict.standIns(); len(x) != 1 || !x[0].cfg.Strict {
				t.Errorf("%d stand in", len(x))
			}
			for _, x := range append([]*boot{b}, n.boots...) {
				x.releaseStandIns(now.Add(2*standInTrial), false)
			}
			if len(n.boots) != 2 {
				t.Errorf("%d bootnodes are left after none of them answered", len(n.boots))
			}
			n.boots = nil
		})
	})
}
