package wsconn

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

// A name may not lead where its owner has no business: the address is checked
// when it is dialled, and nothing arrives there.
func TestMay(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	arrived := make(chan struct{})
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Close()
			close(arrived)
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	d := &Dialer{May: func(a netip.Addr) bool { return !a.Unmap().IsLoopback() }}
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if _, err := d.Dial(t.Context(), "ws://"+net.JoinHostPort(host, port)+"/gochat"); !errors.Is(err, errMay) {
			t.Errorf("%s: %v", host, err)
		}
	}
	select {
	case <-arrived:
		t.Error("it connected")
	default:
	}
	d.May = func(netip.Addr) bool { return true }
	_, _ = d.Dial(t.Context(), "ws://"+l.Addr().String()+"/gochat")
	<-arrived
}
