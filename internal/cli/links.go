package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/crypto"
	"gochat/internal/admin"
	"gochat/internal/text"
)

// reasons are why a link does not stand, and what to do, for people.
var reasons = map[string]string{
	engine.WhyConnecting:  "being dialled",
	engine.WhyUnreachable: "no such host, or no answer from it",
	engine.WhyRefused:     "nothing listens there",
	engine.WhyForeign:     "something else answers there",
	engine.WhySecret:      "it has another --cluster-secret-file",
	engine.WhyPin:         "it shows another certificate than --uplink-pin says",
	engine.WhyCertificate: "no authority vouches for its certificate: name its pin with --uplink-pin",
	engine.WhyNotAllowed:  "it does not list this node's key: its operator adds that to --fed-allow",
	engine.WhyOverasked:   "it asked for more than a bootnode may, and is kept out for a while: ask its operator",
	engine.StateLoop:      "bootnodes dial each other in a ring: remove one --uplink of it",
}

// addLinks adds to the table of nodes what their links tell: which are the
// operator's own, which of the settings do not stand and why, and which were cut.
func addLinks(peers []admin.Peer, links []bootnode.Link) []admin.Peer {
	for _, l := range links {
		row := slices.IndexFunc(peers, func(p admin.Peer) bool { return p.Key == l.Node.String() && !p.Self && l.Node != crypto.NodeID{} })
		reason := l.Why
		if l.State == engine.StateLoop {
			reason = engine.StateLoop
		}
		switch {
		case row >= 0 && l.State == engine.StateRevoked:
			// Who is heard by way of others is there, whoever cut the link.
			if p := &peers[row]; p.State != admin.StateGone && p.Hops == 0 {
				p.State = admin.StateRevoked
			}
		case row >= 0:
			p := &peers[row]
			p.Link, p.Heard = string(l.Kind), l.Heard
			if l.State != engine.StateUp {
				p.Address, p.Reason = l.Address, reason
			}
		case l.State == engine.StateUp:
			// Up, and not heard yet: within three seconds it is in the table.
		case l.State != engine.StateRevoked:
			p := admin.Peer{Node: l.Address, State: l.State, Link: string(l.Kind), Address: l.Address, Reason: reason}
			if l.Node != (crypto.NodeID{}) {
				if p.Key = l.Node.String(); p.Node == "" {
					p.Node = l.Node.Short()
				}
			}
			peers = append(peers, p)
		}
	}
	return peers
}

// links counts those that stand and those that should; nil: there are to be none.
func (o *operator) links() *admin.Links {
	if o.linked == nil || !o.first.Federation.On() {
		return nil
	}
	o.mu.Lock()
	allowed := len(o.allowed)
	o.mu.Unlock()
	r := countLinks(o.linked.Links())
	r.Allowed = allowed
	return &r
}

func countLinks(links []bootnode.Link) (r admin.Links) {
	for _, l := range links {
		up := 0
		if l.State == engine.StateUp {
			up = 1
		}
		switch l.Kind {
		case bootnode.LinkCluster:
			r.Cluster++
			r.ClusterUp += up
		case bootnode.LinkUplink: // its addresses are those of one hub
			r.Uplink = 1
			r.UplinkUp = max(r.UplinkUp, up)
		case bootnode.LinkDownlink:
			r.Came += up
		}
	}
	return r
}

// linkWords is that for people.
func linkWords(l admin.Links) string {
	var parts []string
	if l.Cluster > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d in the cluster", l.ClusterUp, l.Cluster))
	}
	if l.Uplink > 0 {
		parts = append(parts, map[bool]string{true: "the uplink stands", false: "the uplink does not stand"}[l.UplinkUp > 0])
	}
	if l.Allowed > 0 || l.Came > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d allowed bootnodes have come", l.Came, l.Allowed))
	}
	return list(parts) + map[bool]string{true: "; gochat bootnode peers says why"}[l.ClusterUp < l.Cluster || l.UplinkUp < l.Uplink]
}

// mailbox is what is kept here; nil: nothing is.
func (o *operator) mailbox() *admin.Mailbox {
	usage := o.mail.counts()
	if usage == nil {
		return nil
	}
	u, most := usage(), o.first.Mailbox.MaxBytes
	r := admin.Mailbox{Objects: u.Objects, Bytes: u.Bytes, MaxBytes: most, Failing: u.Failing}
	if most > 0 {
		r.Used = float64(u.Bytes) / float64(most)
	}
	return &r
}

// mailboxWords is that for people.
func mailboxWords(m admin.Mailbox) string {
	kept := fmt.Sprintf("%d objects, %s of %s (%.0f %%)", m.Objects, size(m.Bytes), size(uint64(max(m.MaxBytes, 0))), 100*m.Used)
	if m.Failing.IsZero() {
		return kept
	}
	return fmt.Sprintf("does not work since %s, members try again; the log says why; when last seen: %s", m.Failing.Format(time.DateTime), kept)
}

// printPeers shows the network as a table.
func printPeers(t io.Writer, s admin.PeersResult) {
	fmt.Fprintln(t, "NODE\tOPERATOR KEY\tHOPS\tRTT\tMEMBERS\tSTATE")
	for _, p := range s.Peers {
		rtt, hops, key, members := "-", "-", "-", "-"
		if p.RTTMS > 0 {
			rtt = fmt.Sprintf("%.1f ms", p.RTTMS)
		}
		if p.Self || p.Hops > 0 {
			hops = strconv.Itoa(p.Hops)
		}
		if p.Key != "" {
			key = p.Key
		}
		if p.State != engine.StateDown && p.State != engine.StateLoop && p.State != admin.StateGone {
			members = strconv.Itoa(p.Members)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", text.Clean(p.Node, 256), text.Clean(key, 64), hops, rtt, members, text.Clean(stateWords(p), 512))
	}
}

// stateWords is how a node is, and what is wrong with the link to it.
func stateWords(p admin.Peer) string {
	why := p.Reason
	if words, known := reasons[why]; known {
		why = words
	}
	switch {
	case why == "":
		return p.State
	case p.Address == "" || p.Address == p.Node:
		return p.State + ": " + why
	}
	return strings.Join([]string{p.State, "; ", p.Address, ": ", why}, "")
}
