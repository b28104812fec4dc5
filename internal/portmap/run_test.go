package portmap

import (
	"context"
	"net/netip"
	"strings"
	"testing"
)

// Without a router there is nothing to wait for, and nothing is said.
func TestRunWithoutRouter(t *testing.T) {
	looked := make(chan struct{}, 100)
	c := NewClient(Config{Port: inner, Gateway: func() netip.Addr { looked <- struct{}{}; return netip.Addr{} }})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx, func(a netip.AddrPort) { t.Errorf("mapped to %v", a) })
	}()
	<-looked
	c.Checked(netip.AddrPortFrom(outside, inner), true)
	cancel()
	<-ended
	if s := c.Status(); s.Protocol != None || s.Inner != inner || !strings.Contains(s.String(), "no IPv4 router") {
		t.Errorf("%+v: %s", s, s)
	}
}

// A router that answers nothing, here this host itself, costs nothing at the
// end either; what it does to a socket nobody listens at is no error.
func TestRunEndsAtOnce(t *testing.T) {
	for range 20 {
		looked := make(chan struct{}, 100)
		c := NewClient(Config{Port: inner, Gateway: func() netip.Addr {
			looked <- struct{}{}
			return netip.MustParseAddr("127.0.0.1")
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.Run(ctx, func(netip.AddrPort) {})
		}()
		<-looked
		cancel()
		<-ended
	}
}
