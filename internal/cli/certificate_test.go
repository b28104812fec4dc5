package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// A renewed certificate is taken up within a minute; a broken one is not.
func TestCertificateIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := &certificate{certFile: filepath.Join(dir, "cert"), keyFile: filepath.Join(dir, "key"), log: slog.New(slog.DiscardHandler)}
		changed := time.Now()
		write := func(name string, b []byte) {
			changed = changed.Add(time.Second)
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(name, changed, changed); err != nil {
				t.Fatal(err)
			}
		}
		renew := func(serial int64) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(serial)},
				&x509.Certificate{SerialNumber: big.NewInt(serial)}, &key.PublicKey, key)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			write(c.certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
			write(c.keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
		}
		expect := func(what string, serial int64) {
			t.Helper()
			got, err := c.get(nil)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := x509.ParseCertificate(got.Certificate[0])
			if err != nil || leaf.SerialNumber.Int64() != serial {
				t.Errorf("%s: certificate %v, want %d", what, leaf.SerialNumber, serial)
			}
		}
		renew(1)
		if err := c.load(); err != nil {
			t.Fatal(err)
		}
		renew(2)
		expect("at once", 1)
		time.Sleep(certificateAge)
		expect("a minute later", 2)
		write(c.certFile, []byte("half writ"))
		time.Sleep(certificateAge)
		expect("half written", 2)
		renew(3)
		time.Sleep(certificateAge)
		expect("whole again", 3)
	})
}
