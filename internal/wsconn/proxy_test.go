package wsconn_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gochat/internal/wsconn"
	"gochat/internal/wsconn/proxytest"
)

func TestProxyChoice(t *testing.T) {
	env := map[string]string{}
	choose := func(target string) string {
		u, _ := url.Parse(target)
		p, err := wsconn.ProxiesFrom(func(k string) string { return env[k] }).For(u)
		switch {
		case err != nil:
			return "error: " + err.Error()
		case p == nil:
			return ""
		}
		return p.Redacted()
	}
	const target = "wss://boot.example:9595/gochat"
	for _, tc := range []struct {
		env    map[string]string
		target string
		want   string
	}{
		{nil, target, ""},
		{map[string]string{"HTTPS_PROXY": "http://p:1"}, target, "http://p:1"},
		{map[string]string{"HTTPS_PROXY": "http://p:1"}, "ws://boot.example:9595/", "http://p:1"},
		{map[string]string{"HTTPS_PROXY": "p:1"}, target, "http://p:1"},
		{map[string]string{"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:1"}, target, "http://q:1"},
		{map[string]string{"ALL_PROXY": "socks5h://p:1"}, target, "socks5h://p:1"},
		{map[string]string{"all_proxy": "socks5://p"}, target, "socks5://p"},
		{map[string]string{"HTTPS_PROXY": "http://p:1", "ALL_PROXY": "socks5://q:1"}, target, "http://p:1"},
		{map[string]string{"HTTP_PROXY": "http://p:1"}, target, ""},
		{map[string]string{"ALL_PROXY": "http://user:word@p:1"}, target, "http://user:xxxxx@p:1"},
		{map[string]string{"ALL_PROXY": "ftp://p:1"}, target, `error: ALL_PROXY names a proxy of kind "ftp"; http, https, socks5 and socks5h are known`},
		{map[string]string{"ALL_PROXY": "http://user:word@:1"}, target, "error: ALL_PROXY is no proxy's address; write http://HOST:PORT or socks5h://HOST:PORT"},
		{map[string]string{"ALL_PROXY": "http://user:word%@p"}, target, "error: ALL_PROXY is no proxy's address; write http://HOST:PORT or socks5h://HOST:PORT"},
	} {
		env = tc.env
		if got := choose(tc.target); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.env, got, tc.want)
		}
	}
	for _, tc := range []struct {
		no, target string
		direct     bool
	}{
		{"", "ws://localhost:1/", true}, {"", "ws://127.0.0.9:1/", true}, {"", "ws://[::1]:1/", true}, {"", "ws://10.0.0.1/", false},
		{"*", target, true}, {"boot.example", target, true}, {"example", target, true}, {".example", target, true},
		{"*.example", target, true}, {"oot.example", target, false}, {"other,  BOOT.example ", target, true},
		{"boot.example:9595", target, true}, {"boot.example:443", target, false}, {"boot.example:443", "wss://boot.example/", true},
		{"10.0.0.0/8", "ws://10.1.2.3:1/", true}, {"10.0.0.0/8", "ws://11.1.2.3:1/", false}, {"10.1.2.3", "ws://10.1.2.3:1/", true},
		{"2001:db8::/32", "ws://[2001:db8::1]:1/", true}, {"[2001:db8::1]:1", "ws://[2001:db8::1]:1/", true}, {"3", "ws://10.1.2.3:1/", false},
	} {
		env = map[string]string{"ALL_PROXY": "socks5h://p:1", "no_proxy": tc.no}
		if got := choose(tc.target) == ""; got != tc.direct {
			t.Errorf("NO_PROXY=%q, %s: direct %v", tc.no, tc.target, got)
		}
	}
}

// through runs a proxy on loopback that leads everything to a server in memory.
func through(t *testing.T, p *proxytest.Proxy) (addr string) {
	t.Helper()
	far := server(t, nil)
	p.Dial = func(string, string) (net.Conn, error) { return far.dial(context.Background(), "", "") }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		p.Serve(l)
		close(done)
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// Through every kind of proxy, and with a name that only the proxy can look up.
func TestThroughProxies(t *testing.T) {
	for _, tc := range []struct {
		scheme, login string
		proxy         *proxytest.Proxy
		wrong         string // in the error; "": none
	}{
		{scheme: "http"}, {scheme: "socks5"}, {scheme: "socks5h"},
		{scheme: "http", login: "me:s3cret@", proxy: &proxytest.Proxy{User: "me", Password: "s3cret"}},
		{scheme: "socks5h", login: "me:s3cret@", proxy: &proxytest.Proxy{User: "me", Password: "s3cret"}},
		{scheme: "http", login: "me:wrong@", proxy: &proxytest.Proxy{User: "me", Password: "s3cret"}, wrong: "407"},
		{scheme: "socks5h", login: "me:wrong@", proxy: &proxytest.Proxy{User: "me", Password: "s3cret"}, wrong: "authentication"},
		{scheme: "http", proxy: &proxytest.Proxy{Refuse: true}, wrong: "403"},
		{scheme: "socks5h", proxy: &proxytest.Proxy{Refuse: true}, wrong: "refused"},
	} {
		t.Run(tc.scheme+" "+tc.login+tc.wrong, func(t *testing.T) {
			if tc.proxy == nil {
				tc.proxy = &proxytest.Proxy{}
			}
			at := through(t, tc.proxy)
			d := &wsconn.Dialer{Limits: wsconn.Limits{Packet: packetSize}, Proxies: wsconn.Proxies{All: tc.scheme + "://" + tc.login + at}}
			c, err := d.Dial(t.Context(), "ws://hidden.invalid:9595/gochat")
			if tc.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wrong) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			packets, _ := running(t, c)
			c.Send([]byte("through"))
			if got := <-packets; got != "through" {
				t.Errorf("got %q", got)
			}
			if got := tc.proxy.Asked(); !slices.Equal(got, []string{"hidden.invalid:9595"}) {
				t.Errorf("asked for %q", got)
			}
		})
	}
}

// With a proxy that is not there, or is no proxy, nothing goes past it.
func TestNothingPastTheProxy(t *testing.T) {
	var dialled []string
	d := &wsconn.Dialer{
		Limits: wsconn.Limits{Packet: packetSize}, Proxies: wsconn.Proxies{HTTPS: "socks5h://proxy.invalid:9050"},
		DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
			dialled = append(dialled, addr)
			return nil, errors.New("nobody there")
		},
	}
	for _, proxy := range []string{"socks5h://proxy.invalid:9050", "http://proxy.invalid:9050", "gopher://proxy.invalid:9050"} {
		d.Proxies.HTTPS = proxy
		if _, err := d.Dial(t.Context(), "wss://boot.example/gochat"); err == nil {
			t.Error("connected")
		}
	}
	if !slices.Equal(dialled, []string{"proxy.invalid:9050", "proxy.invalid:9050"}) {
		t.Errorf("dialled %q", dialled)
	}
}

// A proxy that sends an endless header, or nothing, is given up.
func TestHostileProxy(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"endless header": func(c net.Conn) {
			for {
				if _, err := c.Write([]byte("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 1<<10) + "\r\n")); err != nil {
					return
				}
			}
		},
		"garbage": func(c net.Conn) { _, _ = c.Write([]byte("\x00\x01\x02\r\n\r\n")); c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			d := &wsconn.Dialer{
				Limits: wsconn.Limits{Packet: packetSize}, Proxies: wsconn.Proxies{All: "http://proxy.invalid:1"},
				DialContext: func(context.Context, string, string) (net.Conn, error) {
					near, far := net.Pipe()
					go func() {
						buf := make([]byte, 1<<10)
						_, _ = far.Read(buf)
						serve(far)
					}()
					return near, nil
				},
			}
			if _, err := d.Dial(t.Context(), "ws://boot.example/gochat"); err == nil {
				t.Error("connected")
			}
		})
	}
}
