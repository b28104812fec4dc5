package wsconn_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"gochat/internal/wsconn"
)

// What goes wrong is said in plain words, with what to do.
func TestFailureInWords(t *testing.T) {
	failing := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}
	}
	answering := func(text string) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				_, _ = far.Read(make([]byte, 4<<10))
				_, _ = io.WriteString(far, text)
				far.Close()
			}()
			return near, nil
		}
	}
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	secure := "wss://" + web.Listener.Addr().String() + "/gochat"
	pool := web.Client().Transport.(*http.Transport).TLSClientConfig
	other := pool.Clone()
	other.ServerName = "other.example"
	const target = "ws://boot.example:9595/gochat"
	for _, tc := range []struct {
		name, url, proxy string
		dial             func(context.Context, string, string) (net.Conn, error)
		tls              *tls.Config
		what, do         string
	}{
		{name: "refused", dial: failing(syscall.ECONNREFUSED), what: "boot.example:9595 refuses TCP connections: nothing listens there", do: "TCP port is open"},
		{name: "silent", dial: failing(context.DeadlineExceeded), what: "boot.example:9595 does not answer by TCP", do: "TCP port is open"},
		{name: "no route", dial: failing(syscall.ENETUNREACH), what: "there is no way from here to boot.example:9595", do: "check the address"},
		{name: "no name", dial: failing(&net.DNSError{Name: "boot.example", IsNotFound: true}), what: "boot.example:9595: the name boot.example is not known", do: "check the address"},
		{name: "hangs up", dial: answering(""), what: "boot.example:9595 closed the connection without an answer", do: "check the address"},
		{name: "no page", dial: answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), what: "something else than a bootnode answers at boot.example:9595 (HTTP 404)", do: "host, port and path"},
		{name: "login page", dial: answering("HTTP/1.1 302 Found\r\nLocation: http://login\r\nContent-Length: 0\r\n\r\n"), what: "something else than a bootnode answers at boot.example:9595 (HTTP 302)", do: "login page"},
		{name: "not HTTP", dial: answering("SSH-2.0-x\r\n"), what: "boot.example:9595 does not answer as a bootnode", do: "host, port and path"},
		{name: "TLS expected", url: "wss://boot.example:9595/gochat", dial: answering("HTTP/1.1 400 Bad Request\r\n\r\n"), what: "boot.example:9595 speaks no TLS", do: "write ws:// instead of wss://"},
		{name: "HTTP to TLS", url: strings.Replace(secure, "wss", "ws", 1), what: "something else than a bootnode answers", do: "write wss:// instead of ws://"},
		{name: "authority", url: secure, tls: &tls.Config{}, what: "the TLS certificate of 127.0.0.1 is not signed by an authority that this machine trusts", do: "SSL_CERT_FILE"},
		{name: "other name", url: secure, tls: other, what: "the TLS certificate of 127.0.0.1 is for another name", do: "the name it is for"},
		{name: "not there", url: secure, tls: pool, what: "something else than a bootnode answers", do: "host, port and path"},
		{name: "dead proxy", proxy: "http://p.example:3128", dial: failing(syscall.ECONNREFUSED), what: "the proxy p.example:3128 refuses TCP connections", do: "check HTTPS_PROXY and ALL_PROXY"},
		{name: "dead SOCKS", proxy: "socks5h://p.example", dial: failing(syscall.ECONNREFUSED), what: "the proxy p.example:1080 refuses TCP connections", do: "check HTTPS_PROXY and ALL_PROXY"},
		{name: "silent proxy", proxy: "socks5h://p.example", dial: failing(context.DeadlineExceeded), what: "the proxy p.example:1080 does not answer by TCP", do: "that the proxy runs"},
		{name: "password", proxy: "http://p.example:3128", dial: answering("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), what: "the proxy p.example:3128 wants a name and a password (HTTP 407)", do: "NAME:PASSWORD@"},
		{name: "forbidden", proxy: "http://p.example:3128", dial: answering("HTTP/1.1 403 Forbidden\r\n\r\n"), what: "the proxy p.example:3128 does not let you through to boot.example:9595 (HTTP 403)", do: "port 443"},
		{name: "beyond", proxy: "http://p.example:3128", dial: answering("HTTP/1.1 502 Bad Gateway\r\n\r\n"), what: "the proxy p.example:3128 cannot reach boot.example:9595 (HTTP 502)", do: "check the address"},
		{name: "no proxy", proxy: "http://p.example:3128", dial: answering("SSH-2.0-x\r\n"), what: "the proxy p.example:3128 does not answer as a proxy should", do: "that the proxy runs"},
		{name: "no SOCKS", proxy: "socks5h://p.example", dial: answering("HTTP/1.1 400 Bad Request\r\n\r\n"), what: "the proxy p.example:1080 does not answer as a proxy should", do: "that the proxy runs"},
		{name: "no TLS proxy", proxy: "https://p.example:3128", dial: answering("HTTP/1.1 400 Bad Request\r\n\r\n"), what: "the proxy p.example:3128 speaks no TLS", do: "http:// instead of https://"},
		{name: "nonsense", proxy: "nonsense://p", what: `HTTPS_PROXY names a proxy of kind "nonsense"`, do: "socks5h are known"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.url == "" {
				tc.url = target
			}
			d := &wsconn.Dialer{Limits: wsconn.Limits{Packet: packetSize}, Proxies: wsconn.Proxies{HTTPS: tc.proxy}, DialContext: tc.dial, TLS: tc.tls}
			_, err := d.Dial(t.Context(), tc.url)
			f := (*wsconn.Failure)(nil)
			if !errors.As(err, &f) {
				t.Fatalf("error %v", err)
			}
			if !strings.HasPrefix(f.What, tc.what) || !strings.Contains(f.Do, tc.do) {
				t.Errorf("%q; %q, want %q and %q", f.What, f.Do, tc.what, tc.do)
			}
			if want := strings.Contains(tc.what, "something else"); errors.Is(err, wsconn.ErrForeign) != want {
				t.Errorf("foreign is %v: %v", !want, f.Err)
			}
		})
	}
}
