package mesh

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/bootnode"
	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/peer"
)

// claim is a port mapping that a router is said to have.
type claim struct {
	addr netip.AddrPort

	mu      sync.Mutex
	checked []bool
	ended   bool
}

func (c *claim) Run(ctx context.Context, mapped func(netip.AddrPort)) {
	mapped(c.addr)
	<-ctx.Done()
	mapped(netip.AddrPort{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

func (c *claim) Checked(addr netip.AddrPort, works bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if addr == c.addr {
		c.checked = append(c.checked, works)
	}
}

// A bootnode's packet from outside decides whether a mapping is believed; where
// another NAT stands before the router, nobody can tell.
func TestPortMappingIsChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		addr  string
		other uint16 // port, away from the socket's
		want  []bool
	}{
		"open":        {"203.0.113.77", 0, []bool{true}},
		"dead":        {"203.0.113.77", 1, []bool{false}},
		"another NAT": {"100.64.0.7", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, delay)
				defer w.end()
				w.stop()
				w.boot = func(cfg *bootnode.Config) {
					c, err := w.srv.ListenPacket(7777)
					if err != nil {
						t.Fatal(err)
					}
					cfg.Reach = udp.Wrap(c)
				}
				w.startBootnode()
				ports := &claim{}
				w.tune = func(_ string, cfg *peer.Config) {
					ports.addr = netip.AddrPortFrom(netip.MustParseAddr(tc.addr), cfg.Socket.LocalAddr().Port()+tc.other)
					cfg.PortMap = ports
				}
				m := w.join("alice", w.net.Internet.Host("alice", "203.0.113.77"), 1)
				time.Sleep(time.Minute)
				synctest.Wait()
				ports.mu.Lock()
				got := ports.checked
				ports.mu.Unlock()
				if len(got) < len(tc.want) || len(tc.want) == 0 && len(got) > 0 || len(got) > 0 && got[0] != tc.want[0] {
					t.Errorf("checked: %v, want %v", got, tc.want)
				}
				m.leave()
				if ports.mu.Lock(); !ports.ended {
					t.Error("the mapping outlives the member")
				}
				ports.mu.Unlock()
			})
		})
	}
}

// Who is over the relay's quota is told so, in words; and when the next period
// begins, what was said meanwhile arrives.
func TestRelayQuotaIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		w.stop()
		w.boot = func(cfg *bootnode.Config) {
			cfg.Limits = bootnode.Limits{RelayQuota: 100 << 10, QuotaPeriod: time.Minute}
		}
		w.startBootnode()
		nat := simnet.Symmetric()
		a, b := w.join("alice", w.home("alice", nat, 1), 1), w.join("bob", w.home("bob", nat, 2), 1)
		w.meet(5*time.Second, a, b)
		long := strings.Repeat("x", 30<<10)
		var texts []string
		for i := range 6 {
			text := long + string(rune('a'+i))
			texts = append(texts, text)
			a.send(text)
		}
		w.eventually(20*time.Second, "the notice", func() bool { return a.noticed(peer.CodeRelayQuota) > 0 })
		w.agree(5*time.Minute, texts, a, b)
		if n := a.noticed(peer.CodeRelayQuota); n > 5 {
			t.Errorf("told %d times", n)
		}
	})
}
