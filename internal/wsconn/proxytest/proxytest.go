// Package proxytest is a proxy for tests: it speaks HTTP CONNECT (RFC 9110) and
// SOCKS5 (RFC 1928) on one port and remembers where it was asked to go.
package proxytest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// Proxy serves one listener.
type Proxy struct {
	// Dial opens connections; nil: net.Dial.
	Dial func(network, addr string) (net.Conn, error)
	// Refuse answers everything with a refusal.
	Refuse bool
	// User and Password are asked for unless empty.
	User, Password string

	mu    sync.Mutex
	asked []string
	open  []net.Conn
}

// Serve answers until the listener is closed, then ends all connections.
func (p *Proxy) Serve(l net.Listener) {
	var tunnels sync.WaitGroup
	for {
		c, err := l.Accept()
		if err != nil {
			break
		}
		p.keep(c)
		tunnels.Go(func() {
			defer c.Close()
			p.serve(c)
		})
	}
	p.Reset()
	tunnels.Wait()
}

// Asked lists the addresses that were asked for, as they were written.
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// Reset breaks all connections there are.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // with a reset
		}
		c.Close()
	}
	p.open = nil
}

func (p *Proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, c)
}

func (p *Proxy) serve(c net.Conn) {
	r := bufio.NewReader(c)
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	ask := p.http
	if first[0] == 5 {
		ask = p.socks
	}
	far, err := ask(r, c)
	if err != nil {
		return
	}
	defer far.Close()
	p.keep(far)
	go func() {
		_, _ = io.Copy(far, r)
		far.Close()
	}()
	_, _ = io.Copy(c, far)
}

var errRefused = errors.New("refused")

func (p *Proxy) dial(addr string) (net.Conn, error) {
	p.mu.Lock()
	p.asked = append(p.asked, addr)
	p.mu.Unlock()
	if p.Refuse {
		return nil, errRefused
	}
	if p.Dial != nil {
		return p.Dial("tcp", addr)
	}
	return net.Dial("tcp", addr)
}

func (p *Proxy) http(r *bufio.Reader, c net.Conn) (net.Conn, error) {
	q, err := http.ReadRequest(r)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", q.Header.Get("Proxy-Authorization"))
	user, password, _ := q.BasicAuth()
	if q.Method != http.MethodConnect || user != p.User || password != p.Password {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
		return nil, errRefused
	}
	far, err := p.dial(q.Host)
	if err != nil {
		_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\n\r\n")
		return nil, err
	}
	_, err = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	return far, err
}

func (p *Proxy) socks(r *bufio.Reader, c net.Conn) (net.Conn, error) {
	methods := make([]byte, 2)
	if _, err := io.ReadFull(r, methods); err != nil {
		return nil, err
	}
	if _, err := r.Discard(int(methods[1])); err != nil {
		return nil, err
	}
	if p.User == "" {
		_, _ = c.Write([]byte{5, 0})
	} else if err := p.login(r, c); err != nil {
		return nil, err
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := map[byte]int{1: 4, 4: 16}[head[3]]
	if head[3] == 3 {
		n, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		size = int(n)
	}
	rest := make([]byte, size+2)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, err
	}
	host := string(rest[:size])
	if head[3] != 3 {
		host = net.IP(rest[:size]).String()
	}
	far, err := p.dial(net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(rest[size:])))))
	if err != nil {
		_, _ = c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return nil, err
	}
	_, err = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return far, err
}

// login is RFC 1929.
func (p *Proxy) login(r *bufio.Reader, c net.Conn) error {
	_, _ = c.Write([]byte{5, 2})
	var said [2]string
	if _, err := r.Discard(1); err != nil {
		return err
	}
	for i := range said {
		n, err := r.ReadByte()
		if err != nil {
			return err
		}
		word := make([]byte, n)
		if _, err := io.ReadFull(r, word); err != nil {
			return err
		}
		said[i] = string(word)
	}
	if said != [2]string{p.User, p.Password} {
		_, _ = c.Write([]byte{1, 1})
		return errRefused
	}
	_, err := c.Write([]byte{1, 0})
	return err
}
