package crypto

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

func only(k PublicKey) func(PublicKey) bool { return func(got PublicKey) bool { return got == k } }

func certificate(t *testing.T, id *Identity) tls.Certificate {
	t.Helper()
	c, err := id.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// handshake runs both ends over loopback (a net.Pipe has no buffer: two ends
// that both write an alert would wait for each other) and makes sure that data
// passes: in TLS 1.3 a client finishes before it knows that the server refuses.
func handshake(t *testing.T, client, server *tls.Config) (cs, ss tls.ConnectionState, cerr, serr error) {
	t.Helper()
	pc, ps := connect(t)
	deadline := time.Now().Add(5 * time.Second)
	_, _ = pc.SetDeadline(deadline), ps.SetDeadline(deadline)
	c, s := tls.Client(pc, client), tls.Server(ps, server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer ps.Close()
		if serr = s.Handshake(); serr == nil {
			_, serr = s.Write([]byte("x"))
		}
	}()
	if cerr = c.Handshake(); cerr == nil {
		_, cerr = c.Read(make([]byte, 1))
	}
	pc.Close()
	<-done
	return c.ConnectionState(), s.ConnectionState(), cerr, serr
}

func connect(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestTLSHandshake(t *testing.T) {
	a, b := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2})
	cs, ss, cerr, serr := handshake(t,
		TLSConfig(certificate(t, a), only(b.Public())), TLSConfig(certificate(t, b), only(a.Public())))
	if cerr != nil || serr != nil {
		t.Fatalf("client %v, server %v", cerr, serr)
	}
	if k, err := PeerKey(cs); err != nil || k != b.Public() {
		t.Errorf("the client sees %v, %v", k, err)
	}
	if k, err := PeerKey(ss); err != nil || k != a.Public() {
		t.Errorf("the server sees %v, %v", k, err)
	}
	if cs.CurveID != tls.X25519MLKEM768 || cs.Version != tls.VersionTLS13 || cs.NegotiatedProtocol != ALPN {
		t.Errorf("negotiated %v, %x, %q", cs.CurveID, cs.Version, cs.NegotiatedProtocol)
	}
	if cs.ServerName != "" || ss.ServerName != "" {
		t.Error("a name was sent")
	}
	ce, err := cs.ExportKeyingMaterial("label", nil, 32)
	se, err2 := ss.ExportKeyingMaterial("label", nil, 32)
	if err != nil || err2 != nil || string(ce) != string(se) {
		t.Error("exporters differ")
	}
}

func TestTLSRefuses(t *testing.T) {
	a, b := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2})
	ca, cb := certificate(t, a), certificate(t, b)
	good := func() (client, server *tls.Config) {
		return TLSConfig(ca, only(b.Public())), TLSConfig(cb, only(a.Public()))
	}
	stolen := tls.Certificate{Certificate: cb.Certificate, PrivateKey: a.Private()}
	tests := map[string]func(client, server *tls.Config){
		"wrong server key":    func(c, s *tls.Config) { *s = *TLSConfig(ca, only(a.Public())) },
		"wrong client key":    func(c, s *tls.Config) { *c = *TLSConfig(cb, only(b.Public())) },
		"no client key":       func(c, s *tls.Config) { c.Certificates = nil },
		"classical group":     func(c, s *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} },
		"classical server":    func(c, s *tls.Config) { s.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256} },
		"TLS 1.2":             func(c, s *tls.Config) { c.MinVersion, c.MaxVersion = 0, tls.VersionTLS12 },
		"other protocol":      func(c, s *tls.Config) { c.NextProtos = []string{"h3"} },
		"another's key":       func(c, s *tls.Config) { s.Certificates = []tls.Certificate{stolen} },
		"two certificates":    func(c, s *tls.Config) { s.Certificates = []tls.Certificate{chain(cb, ca)} },
		"other kind of key":   func(c, s *tls.Config) { s.Certificates = []tls.Certificate{ecdsaCertificate(t)} },
		"ECDSA client key":    func(c, s *tls.Config) { c.Certificates = []tls.Certificate{ecdsaCertificate(t)} },
		"server accepts none": func(c, s *tls.Config) { *s = *TLSConfig(cb, func(PublicKey) bool { return false }) },
	}
	for name, spoil := range tests {
		c, s := good()
		spoil(c, s)
		if _, _, cerr, serr := handshake(t, c, s); cerr == nil || errors.Is(cerr, os.ErrDeadlineExceeded) {
			t.Errorf("%s: client %v, server %v", name, cerr, serr)
		}
	}
	// The reason reaches the side that refuses.
	c, _ := good()
	_, _, cerr, _ := handshake(t, c, TLSConfig(ca, only(a.Public())))
	if !errors.Is(cerr, ErrPeerKey) {
		t.Errorf("wrong server key: %v", cerr)
	}
}

func TestNoTickets(t *testing.T) {
	a, b := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2})
	c, s := TLSConfig(certificate(t, a), only(b.Public())), TLSConfig(certificate(t, b), only(a.Public()))
	c.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	for range 2 {
		cs, _, cerr, serr := handshake(t, c, s)
		if cerr != nil || serr != nil || cs.DidResume {
			t.Fatalf("client %v, server %v, resumed %v", cerr, serr, cs.DidResume)
		}
	}
}

func TestPeerKeyOfNobody(t *testing.T) {
	if _, err := PeerKey(tls.ConnectionState{}); !errors.Is(err, ErrPeerKey) {
		t.Errorf("%v", err)
	}
	for _, raw := range [][][]byte{nil, {nil}, {{0x30}}, {{1}, {2}}} {
		if _, err := certificateKey(raw); !errors.Is(err, ErrPeerKey) {
			t.Errorf("%x: %v", raw, err)
		}
	}
}

func chain(a, b tls.Certificate) tls.Certificate {
	a.Certificate = [][]byte{a.Certificate[0], b.Certificate[0]}
	return a
}

func ecdsaCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
