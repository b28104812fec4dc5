//go:build !js

package wsconn

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

// dialWait bounds each step of a dial.
const dialWait = 15 * time.Second

// ErrForeign says that something answered, but no bootnode: the page of a
// network that wants a login, or another server.
var ErrForeign = errors.New("something else than a bootnode answers there")

// Dialer makes connections.
type Dialer struct {
	Limits  Limits
	Proxies Proxies
	TLS     *tls.Config // nil: the system's roots
	// May refuses addresses that the URL's name stands for; nil: it may stand for
	// any. What a proxy looks up it does not see.
	May func(netip.Addr) bool
	// DialContext opens a TCP connection; nil: the system's dialer,
	// which alone asks May.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Dial connects to a URL of scheme ws or wss. Where a proxy is set for its host,
// it is the proxy that looks the name up, and nothing goes past it. The error is
// a *Failure.
func (d *Dialer) Dial(ctx context.Context, rawURL string) (*Conn, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, &Failure{What: "the address is no URL", Do: "write wss://HOST/PATH", Err: err}
	}
	proxy, err := d.Proxies.For(u)
	if err != nil {
		return nil, err
	}
	open := d.guarded()
	if proxy != nil {
		open = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return throughProxy(ctx, proxy, d.direct(), addr)
		}
	}
	tr := &http.Transport{
		DialContext: open, TLSClientConfig: d.TLS, TLSHandshakeTimeout: dialWait,
		ResponseHeaderTimeout: dialWait, MaxResponseHeaderBytes: maxHeader, DisableKeepAlives: true,
	}
	ws, answer, err := websocket.Dial(ctx, rawURL, &websocket.DialOptions{HTTPClient: &http.Client{
		Transport:     tr,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}})
	if err != nil {
		status := 0
		if answer != nil {
			status = answer.StatusCode
		}
		return nil, failure(u, status, err)
	}
	return newConn(ws, d.Limits, netip.AddrPort{}), nil
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// errMay says that a name stands for an address that it may not.
var errMay = errors.New("the name stands for an address in a network where nobody asked to go")

// guarded is direct, but only where May lets it.
func (d *Dialer) guarded() dialFunc {
	if d.DialContext != nil || d.May == nil {
		return d.direct()
	}
	return (&net.Dialer{Timeout: dialWait, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !d.May(a.Addr()) {
			return errMay
		}
		return nil
	}}).DialContext
}

func (d *Dialer) direct() dialFunc {
	if d.DialContext != nil {
		return d.DialContext
	}
	return (&net.Dialer{Timeout: dialWait}).DialContext
}
