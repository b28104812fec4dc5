package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	"gochat/test/proc"
)

// registeredVia matches a registration by a way.
func registeredVia(way string) func(proc.Event) bool {
	return func(e proc.Event) bool { return proc.Registered(e) && e.String("via") == way }
}

// overTCP starts a member that is told a URL.
func (w *world) overTCP(nick, url string, env ...string) *proc.Process {
	w.t.Helper()
	cmd := w.command("--bootnode", url, "--room", w.room, "--nick", nick, "--ui", "json", "--data-dir", w.dir(nick))
	cmd.Env = append(cmd.Env, env...)
	return proc.Start(w.t, nick, cmd)
}

// Members over TCP and over UDP talk while the bootnode is killed and comes back.
func TestOverTCP(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode(quick...)
	alice, bob, carol := w.overTCP("alice", "ws://"+w.boot), w.overTCP("bob", "ws://"+w.boot+"/gochat"), w.json("carol")
	meet(alice, bob, carol)
	alice.Wait(patience, "alice over TCP", registeredVia("tcp"))
	carol.Wait(patience, "carol over UDP", registeredVia("udp"))
	var texts []string
	mark := alice.Mark()
	for i := range 60 {
		if i == 20 {
			boot.Kill()
			boot.Exit(patience)
		}
		if i == 40 {
			w.bootnode(quick...)
		}
		for _, p := range []*proc.Process{alice, bob, carol} {
			texts = append(texts, fmt.Sprint(p.Name, " ", i))
			p.Say(texts[len(texts)-1])
		}
	}
	alice.WaitAfter(mark, patience, "alice over TCP again", registeredVia("tcp"))
	sameRoom(t, []*proc.Process{alice, bob, carol}, texts)
}

// With a certificate the bootnode speaks TLS, and members check it.
func TestOverTLS(t *testing.T) {
	w := newWorld(t)
	cert, key := w.certificate("localhost")
	_, port, err := net.SplitHostPort(w.boot)
	if err != nil {
		t.Fatal(err)
	}
	w.bootnode("--tls-cert", cert, "--tls-key", key)
	trusting := w.overTCP("alice", "wss://localhost:"+port, "SSL_CERT_FILE="+cert)
	trusting.Wait(patience, "alice over TLS", registeredVia("tcp"))
	bob := w.json("bob")
	meet(trusting, bob)
	doubting := w.overTCP("mallory", "wss://localhost:"+port)
	e := doubting.Wait(patience, "a reason", func(e proc.Event) bool {
		return e.Type() == "bootnode" && e.String("state") == "unreachable" && e.Has("reason")
	})
	t.Logf("told: %s", e.String("reason"))
}

// certificate writes a self-signed certificate.
func (w *world) certificate(name string) (cert, key string) {
	w.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		w.t.Fatal(err)
	}
	write := func(file, kind string, b []byte) string {
		path := w.dir(file)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			w.t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", raw)
}

// A TCP port in use costs the default a warning, and a named one the start.
func TestTCPPortInUse(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", w.boot)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	boot := w.bootnode()
	boot.WaitStderr(0, patience, "no WebSockets")
	alice := w.json("alice")
	alice.Wait(patience, "alice over UDP", registeredVia("udp"))
	other := freeAddr(t)
	second := proc.StartText(t, "second", w.command("--mode", "bootnode", "--listen", other, "--listen-ws", w.boot, "--data-dir", w.dir("second")))
	second.WaitStderr(0, patience, "choose another with --listen-ws")
	exitsWith(t, second, 1)
}
