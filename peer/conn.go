package peer

import (
	"context"
	"slices"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/punch"
)

// conn is one QUIC connection with a contact. It carries one stream, a link,
// for each room both ends are in; either end may open one.
type conn struct {
	contact *contact
	quic    *quic.Conn
	dialled bool // by us
	ends    ends
	sum     [16]byte // salts the set sums of its links
	links   []*link  // in use; owned by the loop
	holds   int      // streams of applications that are being opened; owned by the loop
	// replaced: another connection of the pair took its place; it lasts as long
	// as the applications' streams on it. Owned by the loop.
	replaced bool
	// pair is the conversation of two that the other end may ask for; nil: none
	// is possible with its key.
	pair *conversation
}

func (n *Node) newConn(c *contact, q *quic.Conn, dialled bool) (*conn, error) {
	e, err := n.tr.ends(q, dialled, c.key)
	if err != nil {
		return nil, err
	}
	sum, err := exporter(q, exportSum, 16)
	if err != nil {
		return nil, err
	}
	pair, err := newPair(n.cfg.Identity, c.key)
	if err != nil {
		pair = nil
	}
	return &conn{contact: c, quic: q, dialled: dialled, ends: e, sum: [16]byte(sum), pair: pair}, nil
}

// keptOver says which of two connections of one pair stays, alike on both
// ends: the one dialled by the lower key; of two dialled by the same member,
// the later.
func (cn *conn) keptOver(old *conn) bool {
	return cn.dialled == old.dialled || cn.dialled == cn.contact.selfLower()
}

// close ends the connection. What is to be known of its links has to be said
// by the caller.
func (cn *conn) close(code closeCode) { closeConn(cn.quic, code) }

// dial connects to the contact, beside the loop.
func (c *contact) dial() {
	c.dialing = true
	n := c.node
	n.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(n.ctx, quicConfig.HandshakeIdleTimeout*2)
		defer cancel()
		q, err := n.tr.dial(ctx, c.remote, c.key)
		var cn *conn
		if err == nil {
			if cn, err = n.newConn(c, q, true); err != nil {
				closeConn(q, closeRefused)
			}
		}
		n.mail.put(func(now time.Time) { c.dialled(now, cn, err) })
		if err == nil {
			n.acceptLinks(cn)
		}
	})
}

// dialled takes the outcome of dial. Records may follow the own proofs at
// once, since TLS has already shown the contact's pinned key.
func (c *contact) dialled(now time.Time, cn *conn, err error) {
	c.dialing = false
	if err != nil {
		for _, m := range slices.Clone(c.members) {
			if m.link == nil && m.presence.dialing {
				m.decide(now, m.presence.dialFailed(now, "no answer to a handshake yet"))
			}
		}
		c.unconnected(ErrNoWay)
		return
	}
	if c.gone || c.node.leaving {
		cn.close(closeStale)
		return
	}
	c.openWanted(now, c.take(now, cn))
	cn.settle(closeSurplus) // if nobody wants it any more
}

// accept takes a connection a contact dialled.
func (n *Node) accept(q *quic.Conn, r *punch.Remote) {
	c := n.contactAt(r)
	key, err := crypto.PeerKey(q.ConnectionState().TLS)
	if err != nil || c == nil || key != c.key {
		closeConn(q, closeRefused)
		return
	}
	cn, err := n.newConn(c, q, false)
	if err != nil {
		closeConn(q, closeRefused)
		return
	}
	late := time.AfterFunc(proofTimeout, func() {
		n.mail.put(func(time.Time) { cn.settle(closeRefused) })
	})
	defer late.Stop()
	n.acceptLinks(cn)
}

// acceptLinks looks at the streams the other end opens until the connection
// ends, and says then that it has.
func (n *Node) acceptLinks(cn *conn) {
	proving := make(chan struct{}, maxProving)
	for {
		s, err := cn.quic.AcceptStream(context.Background())
		if err != nil {
			break
		}
		select {
		case proving <- struct{}{}:
			n.tasks.Go(func() {
				n.acceptStream(cn, s)
				<-proving
			})
		case <-cn.quic.Context().Done():
		}
	}
	how := endingOf(codeOf(context.Cause(cn.quic.Context())))
	n.mail.put(func(now time.Time) { cn.ended(now, how) })
}

// take makes a connection the one in use, or settles which of two stays, and
// reports whether it is in use.
func (c *contact) take(now time.Time, cn *conn) bool {
	old := c.conn
	if old == cn {
		return true
	}
	if cn.replaced {
		return false
	}
	if old != nil && !cn.keptOver(old) {
		cn.close(closeDuplicate)
		return false
	}
	c.conn = cn
	c.node.handshakes++
	c.alive.begin(now)
	if old != nil {
		old.drop(now, ending{moved: true})
		old.replaced = true
		old.settle(closeDuplicate)
	}
	c.connected(cn)
	return true
}

// ended notes that a connection is gone.
func (cn *conn) ended(now time.Time, how ending) {
	c := cn.contact
	if c.conn == cn {
		c.conn = nil
		c.alive.end()
	}
	cn.drop(now, how)
}

// drop takes the links of a connection that ends out of use.
func (cn *conn) drop(now time.Time, how ending) {
	for _, l := range slices.Clone(cn.links) {
		l.down(now, how)
	}
}

// settle closes a connection that carries nothing.
func (cn *conn) settle(code closeCode) {
	if len(cn.links) > 0 || cn.carries() {
		return
	}
	if c := cn.contact; c.conn == cn {
		c.conn = nil
		c.alive.end()
	}
	cn.close(code)
}

// leaveFor is how long members are given to read our last words and to say so. It
// is waited for those only who do not answer, and is longer than a round trip by
// a far relay.
const leaveFor = 500 * time.Millisecond

// leave ends connections on whose links goodbye was said. To close a QUIC
// connection drops what was not sent yet or must be sent again, the last
// acknowledgements perhaps: so that is done when the others, who end the links
// when they have read and acknowledged all, were heard to the end.
func leave(conns []*conn) {
	late := time.NewTimer(leaveFor)
	defer late.Stop()
	for _, cn := range conns {
		for _, l := range cn.links {
			select {
			case <-l.read:
			case <-cn.quic.Context().Done():
			case <-late.C:
				late.Reset(0) // for the others, too
			}
		}
		cn.close(closeLeave)
	}
}
