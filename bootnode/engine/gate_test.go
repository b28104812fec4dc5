package engine

import (
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"gochat/bootnode"
	"gochat/crypto"
)

// One hub, one node that is on its list and one that is not: the first is in and
// heard, the second is not. In one test, because either alone could pass with
// everybody in or everybody out.
func TestKnownInUnknownOut(t *testing.T) {
	known, unknown := key(2), key(3)
	h := hub(t, key(1), known)
	in := start(t, below(known, h))
	out := start(t, below(unknown, h))
	meet(t, h, in)
	until(t, "the hub refuses the unknown one", func() bool { return h.Stats().Refused > 0 })
	until(t, "the hub tells who that was", func() bool { return h.logged(unknown.ID().String()) })
	until(t, "the stranger is told what to do", func() bool {
		return out.logged("level=WARN msg=\"the hub does not list this node: send its operator the node key " + unknown.ID().String())
	})
	out.PublishNode([]byte("stranger"))
	meet(t, h, in)
	if n := h.heard(crypto.RoomSubject{}, "stranger") + in.heard(crypto.RoomSubject{}, "stranger"); n != 0 {
		t.Errorf("the unknown node was heard %d times", n)
	}
	if s := h.state(unknown.ID()); s != "" {
		t.Errorf("a link to the unknown node is %s", s)
	}
	until(t, "the one kept out knows why", func() bool {
		links := out.now()
		return len(links) == 1 && links[0].State == StateDown && links[0].Why == WhyNotAllowed
	})
}

// A ban cuts a living link, and it stays cut through many tries; who is
// reinstated comes back by itself, and others come back at once.
func TestBan(t *testing.T) {
	bad, good := key(2), key(3)
	h := hub(t, key(1), bad, good)
	b, g := start(t, below(bad, h)), start(t, below(good, h))
	meet(t, h, b, g)
	before := h.Stats()

	h.Reload([]crypto.NodeID{good.ID()})
	until(t, "the banned node's link is cut", func() bool { return h.state(bad.ID()) == StateRevoked })
	// It dials each second or two, and each time is refused.
	until(t, "it was refused twice", func() bool { return h.Stats().Refused >= before.Refused+2 })
	b.PublishNode([]byte("still here"))
	meet(t, h, g)
	if n := h.heard(crypto.RoomSubject{}, "still here") + g.heard(crypto.RoomSubject{}, "still here"); n != 0 {
		t.Errorf("the banned node was heard %d times", n)
	}
	if s := h.state(bad.ID()); s != "" && s != StateRevoked {
		t.Errorf("the banned node's link is %s", s)
	}
	until(t, "the cut link is counted", func() bool { return h.Stats().LinksLost > before.LinksLost })

	h.Reload([]crypto.NodeID{good.ID(), bad.ID()})
	meet(t, h, b, g)
}

// A hub may ask for any signature: what it gets is bound to signing in.
func TestSignIn(t *testing.T) {
	k, other := key(1), key(2)
	g := newGate([]crypto.NodeID{k.ID()}, func(crypto.NodeID) {})
	nonce := []byte("a nonce")
	_, proof, err := k.signIn(nonce)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	if id, ok := g.signedIn(text(proof), nonce); !ok || id != k.ID() {
		t.Fatal("a right sign-in is refused")
	}
	_, stranger, _ := other.signIn(nonce)
	mixed := append(append([]byte{}, proof[:32]...), stranger[32:]...)
	e, err := New(Config{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	plain := e.Sign(nonce)
	for name, bad := range map[string]string{
		"empty": "", "stranger": text(stranger), "another's signature": text(mixed),
		"a signature for other use": text(append(append([]byte{}, proof[:32]...), plain[:]...)), "not base64": "***",
	} {
		if _, ok := g.signedIn(bad, nonce); ok {
			t.Errorf("%s: taken", name)
		}
	}
	for i := range proof {
		if _, ok := g.signedIn(text(proof[:i]), nonce); ok {
			t.Errorf("taken when cut off at %d", i)
		}
	}
	if _, ok := g.signedIn(text(proof), []byte("another")); ok {
		t.Error("taken for another nonce")
	}
	if _, ok := g.signedIn(text(proof), nil); ok {
		t.Error("taken without a nonce")
	}
}

func FuzzSignIn(f *testing.F) {
	k := key(1)
	g := newGate([]crypto.NodeID{k.ID()}, func(crypto.NodeID) {})
	_, proof, _ := k.signIn([]byte("seed"))
	f.Add(base64.RawURLEncoding.EncodeToString(proof), []byte("seed"))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, text string, nonce []byte) {
		if id, ok := g.signedIn(text, nonce); ok && id != k.ID() {
			t.Errorf("%q signs in as %s", text, id)
		}
	})
}

// Nobody but this process is a client of its server: not at the port on loopback
// that a cluster needs, and not by the WebSocket for other bootnodes.
func TestNoForeignClients(t *testing.T) {
	cfg := hubConfig(key(1), key(2))
	cfg.ClusterListen, cfg.ClusterSecret = "127.0.0.1:0", secret
	h := start(t, cfg)
	for name, try := range map[string]struct {
		url  string
		user nats.Option
	}{
		"loopback":           {h.srv.ClientURL(), nats.UserInfo(meshUser, "guess")},
		"loopback, no one":   {h.srv.ClientURL(), nats.UserInfo("", "")},
		"WebSocket":          {h.FedURL(), nats.UserInfo(meshUser, "guess")},
		"WebSocket, no user": {h.FedURL(), nats.UserInfo("", "")},
	} {
		c, err := nats.Connect(try.url, try.user, nats.Secure(uplinkTLS([]Pin{h.pin})), nats.Timeout(patience))
		if err == nil {
			c.Close()
			t.Errorf("%s: got in", name)
		}
	}
	if got := h.Stats().Refused; got < 2 {
		t.Errorf("%d refused", got)
	}
}

// What is forgotten of connections that are gone must not grow.
func TestSweep(t *testing.T) {
	g := newGate([]crypto.NodeID{key(1).ID()}, func(crypto.NodeID) {})
	now := time.Now()
	g.leaves[1] = leaf{key(1).ID(), now}
	g.leaves[2] = leaf{key(2).ID(), now}
	g.leaves[3] = leaf{key(1).ID(), now}
	if banned := g.sweep(now, map[uint64]bool{1: true, 2: true}); len(banned) != 1 || banned[2] != key(2).ID() {
		t.Errorf("banned: %v", banned)
	}
	if len(g.leaves) != 3 {
		t.Error("one that is signing in was forgotten")
	}
	g.sweep(now.Add(signInTime+1), map[uint64]bool{1: true})
	if len(g.leaves) != 1 {
		t.Errorf("kept: %v", g.leaves)
	}
}

// However many keys a stranger makes, the next one is told of 10 s later, and
// each of them once an hour.
func TestManyStrangers(t *testing.T) {
	g := newGate(nil, nil)
	now := time.Unix(1e9, 0)
	for i := range 1000 {
		stranger := crypto.NodeID{byte(i), byte(i >> 8), 1}
		if got := g.news(stranger, now); got != (i%10 == 0) {
			t.Fatalf("stranger %d told of: %v", i, got)
		}
		now = now.Add(time.Second)
	}
	awaited := crypto.NodeID{9}
	if !g.news(awaited, now) || g.news(awaited, now.Add(strangerPace)) {
		t.Error("the awaited node is not told of, or told of again")
	}
	if now = now.Add(strangerMemory); !g.news(awaited, now) || len(g.told) != 1 {
		t.Errorf("an hour later, %d remembered", len(g.told))
	}
}

// Another operator's node may ask for subjects of ours, and for no others that
// begin like them, which are without number; of ours, for so many.
func TestLeafSubscriptions(t *testing.T) {
	h := hub(t, key(1), key(2))
	leaf := start(t, below(key(2), h))
	meet(t, h, leaf)
	c, err := nats.Connect("", nats.InProcessServer(leaf.srv), nats.UserInfo(meshUser, leaf.gate.password))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	before := h.srv.NumSubscriptions()
	for _, subject := range []string{"gc.r.a.b", "gc.node.a.b", "gc.f.a.b", "else", roomSubject(room)} { // the last tells that all have come
		if _, err := c.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the hub knows of the room", func() bool { return h.srv.NumSubscriptions() > before })
	if n := h.srv.NumSubscriptions(); n != before+1 {
		t.Errorf("%d subscriptions were taken, want 1", n-before)
	}
	if o, err := h.options(); err != nil || o.MaxSubs != maxSubscriptions {
		t.Errorf("%d subscriptions to a link, %v", o.MaxSubs, err)
	}
}

// A node that asks for subjects of our form that are nobody's, or for more than one
// may, is cut off; one that asks for rooms is not.
func TestLeafSubjects(t *testing.T) {
	h := hub(t, key(1), key(2), key(3))
	good, bad := start(t, below(key(2), h)), start(t, below(key(3), h))
	meet(t, h, good, bad)
	good.Watch(room)
	h.checkSubscriptions(time.Now().Add(formInterval), maxLeafSubscriptions)
	if n := h.Stats().Overasked; n != 0 {
		t.Fatalf("%d links of good nodes were cut", n)
	}
	c, err := nats.Connect("", nats.InProcessServer(bad.srv), nats.UserInfo(meshUser, bad.gate.password))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.SubscribeSync("gc.r.anything"); err != nil {
		t.Fatal(err)
	}
	looked := time.Now().Add(time.Hour)
	until(t, "the link is cut", func() bool {
		looked = looked.Add(formInterval) // else the subjects are not looked at again
		h.checkSubscriptions(looked, maxLeafSubscriptions)
		return h.Stats().Overasked > 0
	})
	if !h.logged("no bootnode has") || !h.logged("node="+key(3).ID().String()) || h.state(key(2).ID()) != StateUp {
		t.Error("the log does not name the node, or the other was cut as well")
	}
	refused := h.Stats().Refused
	until(t, "it dials on and stays out", func() bool { return h.Stats().Refused >= refused+2 })
	if h.state(key(3).ID()) != StateDown || !slices.ContainsFunc(h.now(), func(l bootnode.Link) bool { return l.Node == key(3).ID() && l.Why == WhyOverasked }) {
		t.Errorf("the node that was cut is listed as %+v", h.now())
	}
	h.checkSubscriptions(time.Now(), 1)
	until(t, "too many are cut, too", func() bool { return h.Stats().Overasked > 1 })
}

func TestFirstMalformed(t *testing.T) {
	node := key(1).ID().String()
	good := []string{"gc.node.*", "gc.node." + node, "gc.f." + node, roomSubject(room), "$LDS.abc"}
	if i := firstMalformed(good); i >= 0 {
		t.Errorf("%q is refused", good[i])
	}
	for _, bad := range []string{"gc.r.*", "gc.r.abc", strings.ToUpper(roomSubject(room)), "gc.f.*", "gc.f.x", "gc.node.x", "gc.mb.ask", "", ">", roomSubject(crypto.RoomSubject{})} {
		if i := firstMalformed(append(good, bad)); i != len(good) {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Reloads in the very moment a link is lost do not count it again.
func TestReloadsCountALostLinkOnce(t *testing.T) {
	h := hub(t, key(1), key(2))
	leaf := start(t, below(key(2), h))
	meet(t, h, leaf)
	gone := make(chan struct{})
	var reloads sync.WaitGroup
	for range 4 {
		reloads.Go(func() {
			for {
				select {
				case <-gone:
					return
				default:
					h.Reload([]crypto.NodeID{key(2).ID()})
				}
			}
		})
	}
	leaf.stop()
	until(t, "the lost link is counted", func() bool { return h.Stats().LinksLost > 0 && h.state(key(2).ID()) == "" })
	close(gone)
	reloads.Wait()
	h.Reload(nil)
	h.Reload(nil) // what an older look had put back would be missed by now
	if n := h.Stats().LinksLost; n != 1 {
		t.Errorf("one lost link is counted %d times", n)
	}
}
