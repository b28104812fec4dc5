package engine

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Strangers at a port for bootnodes are one line, without their addresses.
func TestStrangersAreOneLine(t *testing.T) {
	var out strings.Builder
	strangers := 0
	l := &natsLog{log: slog.New(slog.NewTextHandler(&out, nil)), stranger: func() { strangers++ }, dialled: map[string]bool{"9597": true}}
	l.Errorf("192.0.2.1:9597 - rid:7 - TLS route handshake error: EOF") // a peer that this node dialled
	if strangers != 0 {
		t.Error("its own connection counts as a stranger's")
	}
	l.Errorf("websocket: TLS handshake error from 192.0.2.9:1: EOF")
	for i := range 50 {
		for _, why := range []string{"EOF", "tls: first record does not look like a TLS handshake", "read tcp 192.0.2.1:9597->192.0.2.9:4: read: connection reset by peer"} {
			l.Errorf("%s", fmt.Sprintf("192.0.2.9:%d - rid:%d - TLS route handshake error: %s", 40000+i, i, why))
		}
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || strings.Contains(got, "192.0.2") {
		t.Error(got)
	}
	if strangers != 151 {
		t.Errorf("%d strangers were counted", strangers)
	}
}

// A node with another secret that dials on and on is one line in ten minutes, and
// so is whatever else NATS says of each connection, but one of each node dialled.
func TestTriesAreOneLine(t *testing.T) {
	var out strings.Builder
	l := &natsLog{log: slog.New(slog.NewTextHandler(&out, nil)), stranger: func() {}, dialled: map[string]bool{"9597": true, "9598": true}}
	for i := range 50 {
		for _, why := range []string{"remote error: tls: bad certificate", errStranger.Error()} {
			l.Errorf("%s", fmt.Sprintf("192.0.2.9:%d - rid:%d - TLS route handshake error: %s", 40000+i, 3*i, why))
		}
		l.Errorf("%s", fmt.Sprintf("192.0.2.1:9597 - rid:%d - TLS route handshake error: %v", 3*i+1, errStranger))
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "--cluster-secret-file") {
		t.Error(got)
	}
	out.Reset()
	for i := range 50 {
		for _, why := range []string{"tls: client didn't provide a certificate", "tls: oversized record received with length 20527"} {
			l.Errorf("%s", fmt.Sprintf("192.0.2.9:%d - rid:%d - TLS route handshake error: %s", 41000+i, i, why))
		}
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "port scanners") {
		t.Error(got)
	}
	out.Reset()
	for i := range 5 {
		for _, from := range []string{fmt.Sprint("192.0.2.9:", 42000+i), "192.0.2.9:9597", "192.0.2.9:9598"} {
			l.Errorf("%s", fmt.Sprintf("%s - rid:%d - Error: read tcp 192.0.2.1:%d->192.0.2.9:9597: no route to host", from, i, 43000+i))
		}
	}
	if got := out.String(); strings.Count(got, "\n") != 3 {
		t.Error(got)
	}
}
