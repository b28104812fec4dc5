package cluster

import (
	"strings"
	"syscall"
	"testing"

	"gochat/test/proc"
)

// A bootnode without a word about others runs none of the engine: no goroutine
// of NATS, no TCP listener but the one for members, no node key.
func TestAlone(t *testing.T) {
	w := newWorld(t)
	addr := w.freePort()
	p := proc.StartText(t, "bootnode", w.command("--mode", "bootnode", "--listen", addr, "--data-dir", w.dir("alone")))
	p.WaitStderr(0, patience, "bootnode listens")
	if got := listeners(t, p.PID()); len(got) != 1 || got[0] != addr {
		t.Errorf("it listens on TCP %v, want %s alone", got, addr)
	}
	if strings.Contains(p.Stderr(), "--fed-allow") {
		t.Error("it has a node key")
	}
	p.Signal(syscall.SIGQUIT) // Go's runtime prints all goroutines
	p.Exit(patience)
	if dump := p.Stderr(); !strings.Contains(dump, "bootnode.(*Server)") || strings.Contains(dump, "nats-io") || strings.Contains(dump, "bootnode/engine") {
		t.Errorf("goroutines:\n%s", dump)
	}
}

// The same look at a node of a cluster finds both, so that it would be seen.
func TestNotAlone(t *testing.T) {
	w := newWorld(t)
	b := w.cluster(1)[0]
	if got := listeners(t, b.PID()); len(got) != 3 { // members, cluster, and NATS' own on loopback
		t.Errorf("listeners: %v", got)
	}
	b.Signal(syscall.SIGQUIT)
	b.Exit(patience)
	if !strings.Contains(b.Stderr(), "nats-io") {
		t.Error("no goroutine of NATS")
	}
}

// What cannot work, or would be open to all, is refused at the start, with what
// to do.
func TestRefusedAtStart(t *testing.T) {
	w := newWorld(t)
	short := w.file("short", "short")
	bad := w.file("bad", "nonsense\n")
	for args, want := range map[string]string{
		"--uplink wss://a.example --uplink wss://b.example":                  "second uplink",
		"--uplink ws://a.example":                                            "TLS",
		"--cluster-listen 127.0.0.1:0":                                       "--cluster-secret-file",
		"--cluster-listen 127.0.0.1:0 --cluster-secret-file " + short:        "20 bytes",
		"--cluster-listen 127.0.0.1:0 --cluster-secret-file " + short + "xx": "no such file",
		"--fed-listen 127.0.0.1:0":                                           "--fed-allow",
		"--fed-listen 127.0.0.1:0 --fed-allow " + bad:                        "line 1",
		"--uplink wss://a.example --node-key " + bad:                         "not a node key",
	} {
		p := proc.StartText(t, "bootnode", w.command(append([]string{"--mode", "bootnode", "--listen", "127.0.0.1:0", "--data-dir", w.dir("refused")}, strings.Fields(args)...)...))
		if code := p.Exit(patience); code != 2 || !strings.Contains(p.Stderr(), want) {
			t.Errorf("%s: exit code %d, want 2 and %q:\n%s", args, code, want, p.Stderr())
		}
	}
}
