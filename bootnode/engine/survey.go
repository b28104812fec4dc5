package engine

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"gochat/crypto"
)

// Why a link that should stand does not.
const (
	WhyConnecting  = "connecting"        // nothing is wrong that could be seen
	WhyUnreachable = "unreachable"       // no such host, no way to it, or no answer
	WhyRefused     = "refused"           // the machine answers, and nothing listens there
	WhyForeign     = "not-a-bootnode"    // what listens there speaks otherwise
	WhySecret      = "wrong-secret"      // of the cluster
	WhyPin         = "wrong-pin"         // the hub shows another certificate
	WhyCertificate = "wrong-certificate" // no authority vouches for it
	WhyNotAllowed  = "not-allowed"       // the hub does not list this node
	WhyOverasked   = "overasked"         // it asked for more than it may, and is kept out for a while
)

const (
	surveyInterval = 5 * time.Second
	surveyTime     = 3 * time.Second
	surveyAtOnce   = 8
	maxHello       = 32 << 10 // bytes of a NATS server's first line
)

// place is what was found at an address of the settings.
type place struct {
	node crypto.NodeID // who answers there; zero: nobody known
	why  string        // there is no link to it; "": it answers as it should
}

// survey looks at the addresses of the settings to which no link stands, again
// and again: NATS dials them on and on and does not tell what it finds where.
func (e *Engine) survey(ctx context.Context) {
	ticks := time.NewTicker(surveyInterval)
	defer ticks.Stop()
	for first := time.After(sweepInterval); ; { // a link that can stand does by then
		select {
		case <-ctx.Done():
			return
		case <-first:
		case <-ticks.C:
		}
		e.surveyOnce(ctx)
	}
}

func (e *Engine) surveyOnce(ctx context.Context) {
	linked, up := e.linked()
	look := map[string]func(context.Context, string) place{}
	e.mu.Lock()
	for _, a := range e.cfg.ClusterPeers {
		if p := e.places[a]; p.node != e.Self() && !linked[p.node] {
			look[a] = e.lookAtPeer
		}
	}
	e.mu.Unlock()
	if !up {
		for _, u := range e.cfg.Uplink {
			look[u] = e.lookAtHub
		}
	}
	turns := make(chan struct{}, surveyAtOnce)
	var all sync.WaitGroup
	for address, at := range look {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			ctx, cancel := context.WithTimeout(ctx, surveyTime)
			defer cancel()
			found := at(ctx, address)
			own := (found.why == WhyUnreachable || found.why == WhyRefused) && ownAddress(address, e.ClusterAddr(), e.cfg.Advertise, localAddresses())
			e.mu.Lock()
			defer e.mu.Unlock()
			if found.node == (crypto.NodeID{}) {
				found.node = e.places[address].node // who was there last
			}
			if own && found.node == (crypto.NodeID{}) {
				found = place{node: e.Self()}
			}
			e.places[address] = found
		})
	}
	all.Wait()
}

// linked are the cluster's nodes to which a link stands, and whether the uplink does.
func (e *Engine) linked() (nodes map[crypto.NodeID]bool, uplink bool) {
	nodes = map[crypto.NodeID]bool{}
	for _, r := range routes(e.routez()) {
		if r.Node != (crypto.NodeID{}) {
			nodes[r.Node] = true
		}
	}
	for _, l := range e.leaves() {
		if _, came := e.gate.who(l.ID); !came {
			uplink = true
		}
	}
	return nodes, uplink
}

// lookAtPeer finds out who answers at an address of the cluster: a NATS server
// says its name first.
func (e *Engine) lookAtPeer(ctx context.Context, address string) place {
	secure, err := clusterTLS(e.cfg.ClusterSecret)
	if err != nil {
		return place{why: WhyConnecting}
	}
	c, why := dialTLS(ctx, address, secure)
	if why != "" {
		return place{why: why}
	}
	defer c.Close()
	node, ok := readName(c)
	if !ok {
		return place{why: WhyForeign}
	}
	return place{node: node}
}

// lookAtHub finds out what is wrong with an address of the uplink. Whether it
// lets this node in, only NATS hears.
func (e *Engine) lookAtHub(ctx context.Context, text string) place {
	u, err := parseUplink(text)
	if err != nil {
		return place{why: WhyConnecting}
	}
	secure := uplinkTLS(e.cfg.UplinkPins)
	secure.ServerName = u.Hostname()
	c, why := dialTLS(ctx, u.Host, secure)
	if why != "" {
		return place{why: why}
	}
	c.Close()
	if e.notes.denied(time.Now()) {
		return place{why: WhyNotAllowed}
	}
	return place{}
}

// dialTLS connects, or says why not.
func dialTLS(ctx context.Context, address string, secure *tls.Config) (c net.Conn, why string) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, WhyRefused
	case err != nil:
		return nil, WhyUnreachable
	}
	if at, ok := ctx.Deadline(); ok {
		_ = raw.SetDeadline(at)
	}
	over := tls.Client(raw, secure)
	if err := over.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, whyTLS(err)
	}
	return over, ""
}

// whyTLS is why a handshake failed.
func whyTLS(err error) string {
	var record tls.RecordHeaderError
	var checked *tls.CertificateVerificationError
	var alert tls.AlertError
	switch {
	case errors.Is(err, errStranger):
		return WhySecret
	case errors.Is(err, ErrPinned):
		return WhyPin
	case errors.As(err, &checked), errors.As(err, new(x509.HostnameError)), errors.As(err, new(x509.UnknownAuthorityError)):
		return WhyCertificate
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return WhyForeign
	}
	return WhyUnreachable
}

// readName reads the name of a NATS server of the line that it says first. In a
// cluster that is its node key.
func readName(r io.Reader) (node crypto.NodeID, ok bool) {
	line, err := bufio.NewReaderSize(io.LimitReader(r, maxHello), 4<<10).ReadBytes('\n')
	text, is := bytes.CutPrefix(line, []byte("INFO "))
	if err != nil || !is {
		return node, false
	}
	var info struct {
		Name string `json:"server_name"`
	}
	if json.Unmarshal(text, &info) != nil {
		return node, false
	}
	node, err = crypto.ParseNodeID(info.Name)
	return node, err == nil
}
