package portmap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// links are the sockets to one gateway.
type links struct {
	net     Network
	events  chan<- Event
	control *net.UDPConn // connected: others are not heard
	ssdp    *net.UDPConn
	client  *http.Client
	done    chan struct{}
	tasks   sync.WaitGroup
}

func open(n Network, events chan<- Event) (*links, error) {
	control, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(n.Gateway, controlPort)))
	if err != nil {
		return nil, fmt.Errorf("reach the router: %w", err)
	}
	ssdp, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(n.Local, 0)))
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("open a socket towards the router: %w", err)
	}
	l := &links{net: n, events: events, control: control, ssdp: ssdp, client: newHTTP(n.Gateway), done: make(chan struct{})}
	l.tasks.Go(func() { l.read(control, pcpMaxSize, func(p []byte) Event { return Control{p} }) })
	l.tasks.Go(func() { l.read(ssdp, ssdpMax, func(p []byte) Event { return Found{p} }) })
	return l, nil
}

// close ends everything and waits for it: requests end with their sockets.
func (l *links) close() {
	close(l.done)
	l.control.Close()
	l.ssdp.Close()
	l.client.CloseIdleConnections()
	l.tasks.Wait()
}

// readPace bounds what a gateway can make us do.
const readPace = 5 * time.Millisecond

// read hands in what comes from the gateway. The error of a port nobody
// listens at is no end; a socket that was closed is.
func (l *links) read(c *net.UDPConn, size int, event func([]byte) Event) {
	b := make([]byte, size+1)
	pace := time.NewTicker(readPace)
	defer pace.Stop()
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err == nil && n <= size && from.Addr().Unmap() == l.net.Gateway:
			l.pass(event(append([]byte(nil), b[:n]...)))
		}
		select {
		case <-pace.C:
		case <-l.done:
			return
		}
	}
}

func (l *links) pass(ev Event) {
	select {
	case l.events <- ev:
	case <-l.done:
	}
}

// search asks all on the LAN, and the gateway by itself: some switches and
// access points lose multicast.
func (l *links) search(p []byte) {
	for _, ip := range []netip.Addr{netip.MustParseAddr(ssdpGroup), l.net.Gateway} {
		_, _ = l.ssdp.WriteToUDPAddrPort(p, netip.AddrPortFrom(ip, ssdpPort))
	}
}

// request asks the gateway's web server, beside the loop.
func (l *links) request(ctx context.Context, r Request) {
	ctx, cancel := context.WithCancel(ctx)
	stop := make(chan struct{})
	l.tasks.Go(func() {
		select { // closing ends it
		case <-l.done:
		case <-stop:
		}
		cancel()
	})
	l.tasks.Go(func() {
		defer close(stop)
		status, body := fetch(ctx, l.client, r)
		l.pass(Response{r.Seq, status, body})
	})
}

// newHTTP is a client for one gateway: no proxy, no redirect, no other host.
func newHTTP(gateway netip.Addr) *http.Client {
	dialer := &net.Dialer{Timeout: upnpTimeout}
	return &http.Client{
		Timeout: upnpTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Transport: &http.Transport{
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 16 << 10,
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
				if to, err := netip.ParseAddrPort(addr); err != nil || to.Addr().Unmap() != gateway {
					return nil, fmt.Errorf("%s is not the router", addr)
				}
				return dialer.DialContext(ctx, "tcp4", addr)
			},
		},
	}
}

// fetch returns a page; status 0: none came. One that is too long is cut, and
// the cut shows when it is read.
func fetch(ctx context.Context, client *http.Client, r Request) (status int, body []byte) {
	method := http.MethodGet
	if r.Body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return 0, nil
	}
	if r.Body != nil {
		req.Header["SOAPAction"] = []string{r.Header} // in this spelling: some routers compare it
		req.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(io.LimitReader(res.Body, maxBody)); err != nil {
		return 0, nil
	}
	return res.StatusCode, body
}
