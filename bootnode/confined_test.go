package bootnode

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Who registers elsewhere first comes neither into a banned network nor past the
// limits of an address: not by moving, nor by registering again.
func TestBansAndLimitsHoldForMoves(t *testing.T) {
	at := func(s string, port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr(s), uint16(port))
	}
	for name, tc := range map[string]struct {
		ban  string
		want int // of three who go there
		why  wire.Status
	}{
		"ban":   {"198.51.100.0/24", 0, wire.StatusBanned},
		"limit": {"192.0.2.0/24", 1, wire.StatusAddressFull},
	} {
		for how, gets := range map[string]func(w *world, a *client, to netip.AddrPort){
			"moves": func(w *world, a *client, to netip.AddrPort) {
				out := w.step(to, a.beatFrame())
				a.addr = to
				for _, token := range a.bodies(out, wire.TypeChallenge) {
					w.step(to, a.frame(wire.TypeChallengeEcho, token))
				}
			},
			"is banned while it moves": func(w *world, a *client, to netip.AddrPort) {
				bans := w.d.bans
				w.d.bans = bansOf()
				out := w.step(to, a.beatFrame())
				a.addr = to
				tokens := a.bodies(out, wire.TypeChallenge)
				w.d.bans = bans
				for _, token := range tokens {
					w.step(to, a.frame(wire.TypeChallengeEcho, token))
				}
			},
			"registers again": func(w *world, a *client, to netip.AddrPort) {
				a.addr = to
				a.greet()
				a.sendRegister()
				if a.welcome.Status == wire.StatusOK {
					w.step(to, a.beatFrame())
				}
			},
			"is banned before it uses its keys": func(w *world, a *client, to netip.AddrPort) {
				a.addr = to
				bans := w.d.bans
				w.d.bans = bansOf()
				a.greet()
				a.sendRegister()
				w.d.bans = bans
				if a.welcome.Status == wire.StatusOK {
					w.step(to, a.beatFrame())
				}
			},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				w := newWorld(t, Limits{MembersPerAddress: 1})
				w.d.Ban(w.now, []Ban{{Target: Target{Prefix: netip.MustParsePrefix(tc.ban)}}})
				there := 0
				for i := range 3 {
					a := w.client(crypto.RoomTag{byte(i)})
					a.addr = at(fmt.Sprintf("203.0.113.%d", 9+i), 4000)
					a.join()
					to := at("198.51.100.7", 4000+i)
					gets(w, a, to)
					if m := w.d.sessions[a.id]; m != nil && m.addr == to {
						there++
					} else if how == "registers again" && a.welcome.Status != tc.why {
						t.Errorf("refused with %v", a.welcome.Status)
					}
				}
				if there != tc.want || int(w.d.sites[siteOf(netip.MustParseAddr("198.51.100.7"))]) != tc.want {
					t.Errorf("%d of three got there, want %d", there, tc.want)
				}
			})
		}
	}
}

func bansOf(list ...Ban) (b bans) {
	for _, x := range list {
		b.put(x)
	}
	return b
}

// Bans that are over are forgotten, and so are lengths of prefixes to look for.
func TestBansThatAreOver(t *testing.T) {
	w := newWorld(t, Limits{})
	good := Target{Prefix: netip.MustParsePrefix("192.0.2.0/24")}
	w.d.Ban(w.now, []Ban{{Target: good}})
	for i := range 100 {
		w.now = w.now.Add(time.Minute)
		p, _ := netip.MustParseAddr("203.0.113.1").Prefix(1 + i%32)
		w.d.Ban(w.now, []Ban{
			{Target: Target{Session: crypto.SessionID{byte(i), 1}}, Until: w.now.Add(time.Second)},
			{Target: Target{Prefix: p}, Until: w.now.Add(time.Second)},
		})
	}
	if n, l := len(w.d.bans.by), len(w.d.bans.lengths[0]); n != 3 || l != 2 {
		t.Errorf("%d bans and %d lengths are kept", n, l)
	}
	w.now = w.now.Add(time.Minute)
	w.d.Step(w.now, Event{})
	if !w.d.Unban(good) || len(w.d.bans.by)+len(w.d.bans.lengths[0]) != 0 {
		t.Errorf("%+v is left", w.d.bans)
	}
}
