// Package enginetest is what tests with engines on loopback share: addresses for
// them, and a log that several goroutines write. It is used by tests alone.
package enginetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
)

// Log is a buffer that may be written and read at the same time.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write is as in io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is what was written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Addresses are free on loopback until the test ends, unless it uses them itself.
// Their ports are below those that systems give to whoever asks for any.
func Addresses(t testing.TB, n int) (out []string) {
	t.Helper()
	for tries := 0; len(out) < n; tries++ {
		port := 20_000 + rand.IntN(12_000)
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil && !hold(t, port) {
			l.Close()
			continue
		}
		if err != nil && tries < 100 {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return out
}

// hold keeps a port from the other tests on this machine that ask for Addresses,
// by listening there at an address that is for nothing else. It reports false if
// one of them has it. Where loopback is one address only, nothing is kept.
func hold(t testing.TB, port int) bool {
	l, err := net.Listen("tcp", fmt.Sprint("127.95.95.95:", port))
	if err == nil {
		t.Cleanup(func() { l.Close() })
	}
	return !errors.Is(err, syscall.EADDRINUSE)
}
