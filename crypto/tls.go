package crypto

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
)

// ALPN is the protocol name of a link (RFC 7301).
const ALPN = "gochat/1"

// ErrPeerKey says that the other end of a link showed a key other than the
// expected one, or no usable certificate.
var ErrPeerKey = errors.New("the other end showed another key than expected")

// Certificate makes a self-signed certificate that carries nothing but the
// identity's key. Its dates and names mean nothing and are not checked.
func (id *Identity) Certificate() (tls.Certificate, error) {
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, id.priv.Public(), id.priv)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: id.priv}, nil
}

// TLSConfig is the TLS 1.3 configuration of one link: mutual, pinned to keys
// for which accept says true, hybrid post-quantum key agreement only, no
// tickets, no names.
func TLSConfig(cert tls.Certificate, accept func(PublicKey) bool) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{cert},
		CurvePreferences:       []tls.CurveID{tls.X25519MLKEM768},
		NextProtos:             []string{ALPN},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		// There is no authority to ask: VerifyPeerCertificate below is the
		// whole check, on both sides.
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			k, err := certificateKey(raw)
			if err != nil {
				return err
			}
			if !accept(k) {
				return ErrPeerKey
			}
			return nil
		},
	}
}

// PeerKey is the identity at the other end of a finished handshake.
func PeerKey(cs tls.ConnectionState) (PublicKey, error) {
	if len(cs.PeerCertificates) != 1 {
		return PublicKey{}, ErrPeerKey
	}
	return certificateKey([][]byte{cs.PeerCertificates[0].Raw})
}

func certificateKey(raw [][]byte) (k PublicKey, err error) {
	if len(raw) != 1 {
		return k, ErrPeerKey
	}
	c, err := x509.ParseCertificate(raw[0])
	if err != nil {
		return k, fmt.Errorf("%w: %v", ErrPeerKey, err)
	}
	pub, ok := c.PublicKey.(ed25519.PublicKey)
	if !ok || len(pub) != len(k) {
		return k, ErrPeerKey
	}
	copy(k[:], pub)
	return k, nil
}
