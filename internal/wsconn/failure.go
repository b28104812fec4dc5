//go:build !js

package wsconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// Failure is why a Dial came to nothing, in plain words.
type Failure struct {
	What string // happened, and where
	Do   string // what to do about it
	Err  error
}

func (f *Failure) Error() string { return f.What + "; " + f.Do }
func (f *Failure) Unwrap() error { return f.Err }

// proxyError is what went wrong before a proxy had opened the way.
type proxyError struct {
	at     string // host and port
	status int    // of the answer of an HTTP proxy that refuses; 0: none
	err    error
}

func (e *proxyError) Error() string { return "the proxy " + e.at + ": " + e.err.Error() }
func (e *proxyError) Unwrap() error { return e.err }

const (
	checkProxy = "check HTTPS_PROXY and ALL_PROXY, and that the proxy runs"
	checkURL   = "check host, port and path of the address, and whether a proxy or a login page is in between"
	checkHost  = "check the address, that the bootnode runs there, and that its TCP port is open"
)

// failure puts an error of a dial to u into words. status is that of an answer
// which opened no WebSocket; 0: there was none.
func failure(u *url.URL, status int, err error) *Failure {
	at := net.JoinHostPort(u.Hostname(), portOf(u))
	f := &Failure{Err: err}
	proxy := (*proxyError)(nil)
	switch {
	case errors.As(err, &proxy):
		f.What, f.Do = proxy.words(at)
	case status != 0:
		f.What, f.Do = fmt.Sprintf("something else than a bootnode answers at %s (HTTP %d)", at, status), checkURL
		f.Err = fmt.Errorf("%w: %w", ErrForeign, err)
		if status == http.StatusBadRequest && u.Scheme == "ws" {
			f.Do = "if a TLS server is there, write wss:// instead of ws://; else " + checkURL
		}
	default:
		f.What, f.Do = words(u, at, err)
	}
	return f
}

// words are those for an error of a connection without a proxy, or behind it.
func words(u *url.URL, at string, err error) (what, do string) {
	host := u.Hostname()
	switch {
	case tlsFault(err):
		return certificate(host, err)
	case noTLS(err):
		return at + " speaks no TLS", "write ws:// instead of wss:// if the bootnode has no certificate; else " + checkURL
	}
	if what := network(at, err); what != "" {
		return what, checkHost
	}
	return at + " does not answer as a bootnode: " + innermost(err), checkURL
}

// The numbers that Windows has for what others call ECONNREFUSED and so on; they
// are nobody else's.
const (
	wsaNetUnreach  = syscall.Errno(10051)
	wsaReset       = syscall.Errno(10054)
	wsaRefused     = syscall.Errno(10061)
	wsaHostUnreach = syscall.Errno(10065)
)

// network says what the network did to a TCP connection; "": nothing.
func network(at string, err error) string {
	dns, timeout := (*net.DNSError)(nil), net.Error(nil)
	switch {
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return at + ": the name " + dns.Name + " is not known"
		}
		return at + ": the name " + dns.Name + " could not be looked up"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, wsaRefused):
		return at + " refuses TCP connections: nothing listens there"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, wsaNetUnreach), errors.Is(err, wsaHostUnreach):
		return "there is no way from here to " + at
	case errors.Is(err, context.Canceled):
		return "the connection to " + at + " was given up"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return at + " does not answer by TCP"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, wsaReset), errors.Is(err, syscall.EPIPE):
		return at + " closed the connection without an answer"
	}
	return ""
}

// tlsFault reports whether a certificate was not accepted.
func tlsFault(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

func certificate(host string, err error) (what, do string) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		return "the TLS certificate of " + host + " is for another name", "use the name it is for, or have its operator get one for " + host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the TLS certificate of " + host + " is expired, or not valid yet", "check this machine's clock; else its operator has to renew it"
	case errors.As(err, &authority):
		return "the TLS certificate of " + host + " is not signed by an authority that this machine trusts",
			"its operator can get one from a public authority; or install the authority's certificate here (SSL_CERT_FILE names a file of them)"
	}
	return "the TLS certificate of " + host + " is not accepted: " + innermost(err), "ask its operator"
}

// noTLS reports whether the other end speaks something else than TLS.
func noTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record)
}

// words say what is wrong with a proxy on the way to a target.
func (e *proxyError) words(target string) (what, do string) {
	name := "the proxy " + e.at
	switch {
	case e.status == http.StatusProxyAuthRequired:
		return name + " wants a name and a password (HTTP 407)", "write them before its host: http://NAME:PASSWORD@HOST:PORT in HTTPS_PROXY"
	case e.status >= http.StatusInternalServerError:
		return fmt.Sprintf("%s cannot reach %s (HTTP %d)", name, target, e.status), checkHost
	case e.status != 0:
		return fmt.Sprintf("%s does not let you through to %s (HTTP %d)", name, target, e.status), "ask who runs it, or try a bootnode on port 443"
	case tlsFault(e.err):
		host, _, _ := net.SplitHostPort(e.at)
		what, _ = certificate(host, e.err)
		return name + ": " + what, checkProxy
	case noTLS(e.err):
		return name + " speaks no TLS", "write http:// instead of https:// before its host"
	}
	if what := network(name, e.err); what != "" {
		return what, checkProxy
	}
	text := innermost(e.err)
	if e.socks() {
		switch {
		case strings.Contains(text, "authentication"):
			return name + " refuses the name or the password: " + text, "write the right ones before its host in ALL_PROXY: socks5h://NAME:PASSWORD@HOST:PORT"
		case strings.Contains(text, "refused"), strings.Contains(text, "unreachable"), strings.Contains(text, "not allowed"), strings.Contains(text, "failure"):
			return name + " cannot reach " + target + ": " + text, checkHost
		}
	}
	return name + " does not answer as a proxy should: " + text, checkProxy
}

// socks reports whether the error is that of a SOCKS5 dialer.
func (e *proxyError) socks() bool {
	var op *net.OpError
	return errors.As(e.err, &op) && strings.HasPrefix(op.Op, "socks")
}

// innermost is the text of the cause, without what Go's packages put around it.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
