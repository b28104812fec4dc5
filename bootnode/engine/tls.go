package engine

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// CertificateSource finds the certificate to show, as in tls.Config.
type CertificateSource func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Pin is the SHA-256 of a certificate, or of its public key
// (SubjectPublicKeyInfo, RFC 5280 §4.1).
type Pin [sha256.Size]byte

// String is 64 hexadecimal digits.
func (p Pin) String() string { return hex.EncodeToString(p[:]) }

// ErrPin says that a text is no pin.
var ErrPin = errors.New("not 64 hexadecimal digits")

// ParsePin reads what String writes, in either case and with colons, as openssl
// prints a fingerprint. The error is ErrPin.
func ParsePin(text string) (p Pin, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(b) != len(p) {
		return p, ErrPin
	}
	return Pin(b), nil
}

// ErrPinned says that a hub showed a certificate with another pin.
var ErrPinned = errors.New("the hub shows another certificate than the pinned one")

// errStranger says that the other end of a cluster's link has not its secret.
var errStranger = errors.New("the other node has not this cluster's secret")

// selfSigned makes a certificate whose names and dates mean nothing: who knows
// its key trusts it, and nobody else does.
func selfSigned(seed []byte) (tls.Certificate, error) {
	key := ed25519.NewKeyFromSeed(seed)
	// The dates cover every clock that is not broken.
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), DNSNames: []string{"gochat"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// derive makes 32 bytes of a secret for one use.
func derive(secret []byte, use string) []byte {
	b, err := hkdf.Key(sha256.New, secret, nil, "gochat/1 "+use, 32)
	if err != nil {
		panic("engine: hkdf: " + err.Error()) // lengths are constants
	}
	return b
}

// keyPin is the pin of a certificate's public key.
func keyPin(c *x509.Certificate) Pin { return sha256.Sum256(c.RawSubjectPublicKeyInfo) }

// clusterTLS is mutual TLS 1.3 between nodes that know the secret: the key of
// all their certificates is made from it, and who has no certificate with this
// key is refused, on both sides. The secret itself is never sent.
func clusterTLS(secret []byte) (*tls.Config, error) {
	cert, err := selfSigned(derive(secret, "cluster tls"))
	if err != nil {
		return nil, err
	}
	own := keyPin(cert.Leaf)
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{cert},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		// There is no authority to ask: VerifyConnection is the whole check.
		InsecureSkipVerify: true,
		VerifyConnection: func(cs tls.ConnectionState) error {
			if len(cs.PeerCertificates) == 0 {
				return errStranger
			}
			got := keyPin(cs.PeerCertificates[0])
			if subtle.ConstantTimeCompare(own[:], got[:]) != 1 {
				return errStranger
			}
			return nil
		},
	}, nil
}

// uplinkTLS knows a hub by its pins, or without one by the system's authorities.
func uplinkTLS(pins []Pin) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(pins) == 0 {
		return c
	}
	pins = slices.Clone(pins)
	// The pin is the whole check; names and dates of a pinned certificate mean nothing.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		if len(cs.PeerCertificates) == 0 {
			return ErrPinned
		}
		leaf := cs.PeerCertificates[0]
		if !slices.Contains(pins, keyPin(leaf)) && !slices.Contains(pins, Pin(sha256.Sum256(leaf.Raw))) {
			return ErrPinned
		}
		return nil
	}
	return c
}
