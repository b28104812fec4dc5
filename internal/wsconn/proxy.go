//go:build !js

package wsconn

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/proxy"
)

// Proxies says through what connections go, as other programs read it from the
// environment: HTTPS_PROXY, else ALL_PROXY, except to hosts in NO_PROXY and to
// this machine.
type Proxies struct{ HTTPS, All, No string }

// ProxiesFrom reads the variables; those in lower case win, as in curl.
func ProxiesFrom(getenv func(string) string) Proxies {
	either := func(name string) string {
		if v := getenv(strings.ToLower(name)); v != "" {
			return v
		}
		return getenv(name)
	}
	return Proxies{HTTPS: either("HTTPS_PROXY"), All: either("ALL_PROXY"), No: either("NO_PROXY")}
}

// Any reports whether a proxy is set.
func (p Proxies) Any() bool { return p.HTTPS != "" || p.All != "" }

// For is the proxy for a URL; nil: none. A proxy that cannot be used is an
// error: to go past it would tell the network what it was to hide.
func (p Proxies) For(target *url.URL) (*url.URL, error) {
	name, text := "HTTPS_PROXY", p.HTTPS
	if text == "" {
		name, text = "ALL_PROXY", p.All
	}
	if text == "" || p.excepts(target) {
		return nil, nil
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		// The text may hold a password, so it is not repeated.
		return nil, &Failure{What: name + " is no proxy's address", Do: "write http://HOST:PORT or socks5h://HOST:PORT"}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, &Failure{What: fmt.Sprintf("%s names a proxy of kind %q", name, u.Scheme), Do: "http, https, socks5 and socks5h are known"}
}

// excepts reports whether a URL is reached without a proxy.
func (p Proxies) excepts(u *url.URL) bool {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	isIP := err == nil
	if host == "localhost" || isIP && ip.Unmap().IsLoopback() {
		return true
	}
	for entry := range strings.SplitSeq(p.No, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if h, port, err := net.SplitHostPort(entry); err == nil {
			if port != portOf(u) {
				continue
			}
			entry = h
		}
		entry = strings.Trim(entry, "[]")
		if entry == "*" {
			return true
		}
		if net, err := netip.ParsePrefix(entry); err == nil {
			if isIP && net.Contains(ip.Unmap()) {
				return true
			}
			continue
		}
		entry = strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
		if entry != "" && (host == entry || !isIP && strings.HasSuffix(host, "."+entry)) {
			return true
		}
	}
	return false
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "wss" || u.Scheme == "https":
		return "443"
	case u.Scheme == "socks5" || u.Scheme == "socks5h":
		return "1080"
	}
	return "80"
}

// throughProxy opens a connection to addr by way of a proxy.
func throughProxy(ctx context.Context, u *url.URL, dial dialFunc, addr string) (net.Conn, error) {
	at := net.JoinHostPort(u.Hostname(), portOf(u))
	if strings.HasPrefix(u.Scheme, "socks5") {
		return throughSOCKS(ctx, u, dial, at, addr)
	}
	c, err := dial(ctx, "tcp", at)
	if err != nil {
		return nil, &proxyError{at: at, err: err}
	}
	if u.Scheme == "https" {
		c = tls.Client(c, &tls.Config{ServerName: u.Hostname()})
	}
	tunnel, err := connect(ctx, c, u, addr)
	if err != nil {
		_ = c.Close()
		refused := (*proxyError)(nil)
		if !errors.As(err, &refused) {
			refused = &proxyError{at: at, err: err}
		}
		return nil, refused
	}
	return tunnel, nil
}

// throughSOCKS lets a SOCKS5 proxy (RFC 1928) connect, and look the name up:
// with Tor a look-up of ours would tell others where we go.
func throughSOCKS(ctx context.Context, u *url.URL, dial dialFunc, at, addr string) (net.Conn, error) {
	var auth *proxy.Auth
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &proxy.Auth{User: u.User.Username(), Password: password}
	}
	s, err := proxy.SOCKS5("tcp", at, auth, forward(dial))
	if err != nil {
		return nil, err
	}
	through, ok := s.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("this SOCKS5 dialer cannot be interrupted")
	}
	c, err := through.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, &proxyError{at: at, err: err}
	}
	return c, nil
}

// forward is how the SOCKS5 dialer reaches its proxy.
type forward dialFunc

func (f forward) Dial(network, addr string) (net.Conn, error) {
	return f(context.Background(), network, addr)
}

func (f forward) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return f(ctx, network, addr)
}

// connect asks an HTTP proxy for a tunnel (RFC 9110, CONNECT).
func connect(ctx context.Context, c net.Conn, u *url.URL, addr string) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	header := http.Header{}
	if u.User != nil {
		password, _ := u.User.Password()
		header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: header}
	if err := c.SetDeadline(time.Now().Add(dialWait)); err != nil {
		return nil, err
	}
	if err := request.Write(c); err != nil {
		return nil, err
	}
	// Byte by byte: what follows the header belongs to the tunnel.
	answer := bufio.NewReaderSize(io.LimitReader(oneByOne{c}, maxHeader), 16)
	response, err := http.ReadResponse(answer, request)
	if err != nil {
		return nil, fmt.Errorf("its answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		at := net.JoinHostPort(u.Hostname(), portOf(u))
		return nil, &proxyError{at: at, status: response.StatusCode, err: errors.New("it refuses")}
	}
	if !stop() {
		return nil, ctx.Err()
	}
	return c, c.SetDeadline(time.Time{})
}

// oneByOne reads no byte more than it is asked to look at.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:1]
	}
	return o.r.Read(p)
}
