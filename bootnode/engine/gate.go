package engine

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"gochat/crypto"
)

// signInContext separates a sign-in from all else that a node key signs: the
// hub chooses what stands behind it.
const signInContext = "gochat/1 leaf sign-in\x00"

// signIn is the dialler's side: its key, and its signature over the hub's nonce.
// NATS has a field for the signature, in which both travel; with its own way, an
// nkey's seed in its settings, the hub could have anything signed.
func (k *NodeKey) signIn(nonce []byte) (token string, proof []byte, err error) {
	return "", append(k.id[:], ed25519.Sign(k.private, append([]byte(signInContext), nonce...))...), nil
}

// gate decides who gets in: this process by a password of its own, and other
// operators' nodes by their keys. Routes are not asked here, their TLS is.
// It implements server.Authentication.
type gate struct {
	password string

	mu        sync.Mutex
	accounts  map[string]*server.Account // by user name
	allowed   map[crypto.NodeID]bool
	leaves    map[uint64]leaf // signed in, by NATS' number of the connection
	refused   uint64
	told      map[crypto.NodeID]bool // strangers, lately
	toldAt    time.Time              // the last of them
	toldSince time.Time              // the first of them
	tell      func(crypto.NodeID)    // called for a stranger
	bars      map[crypto.NodeID]bar
}

// A stranger is told of once an hour, and one of them every 10 s: keys cost
// nothing, and whoever makes many must not hide the one whom the operator awaits.
const (
	strangerPace   = 10 * time.Second
	strangerMemory = time.Hour
)

type leaf struct {
	node  crypto.NodeID
	since time.Time
}

func newGate(allow []crypto.NodeID, tell func(stranger crypto.NodeID)) *gate {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	g := &gate{password: base64.RawStdEncoding.EncodeToString(b[:]), leaves: map[uint64]leaf{}, told: map[crypto.NodeID]bool{}, bars: map[crypto.NodeID]bar{}, tell: tell}
	g.allow(allow)
	return g
}

func (g *gate) allow(list []crypto.NodeID) {
	allowed := make(map[crypto.NodeID]bool, len(list))
	for _, id := range list {
		allowed[id] = true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.allowed = allowed
}

// allows reports whether a node may come.
func (g *gate) allows(id crypto.NodeID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.allowed[id]
}

// open says which accounts the process's own users belong to; before it nobody gets in.
func (g *gate) open(accounts map[string]*server.Account) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.accounts = accounts
}

// leafSubjects is all that other operators' nodes may say and hear.
var leafSubjects = []string{nodePrefix + "*", roomPrefix + "*", framePrefix + "*"}

// Check decides on one connection that has sent its CONNECT.
func (g *gate) Check(c server.ClientAuthentication) bool {
	g.mu.Lock()
	accounts := g.accounts
	g.mu.Unlock()
	opts := c.GetOpts()
	switch c.Kind() {
	case server.CLIENT:
		account := accounts[opts.Username]
		if account == nil || subtle.ConstantTimeCompare([]byte(opts.Password), []byte(g.password)) != 1 {
			g.count()
			return false
		}
		c.RegisterUser(&server.User{Username: opts.Username, Account: account})
		return true
	case server.LEAF:
		node, ok := g.signedIn(opts.Sig, c.GetNonce())
		if !ok || accounts[meshUser] == nil {
			g.count()
			return false
		}
		g.mu.Lock()
		g.leaves[c.GetID()] = leaf{node, time.Now()}
		g.mu.Unlock()
		only := &server.SubjectPermission{Allow: leafSubjects}
		c.RegisterUser(&server.User{Username: node.String(), Account: accounts[meshUser],
			Permissions: &server.Permissions{Publish: only, Subscribe: only}})
		return true
	}
	return false
}

// signedIn checks what signIn made. A node that proved its key, and that nobody
// let in, is told of, so that the operator can.
func (g *gate) signedIn(text string, nonce []byte) (node crypto.NodeID, ok bool) {
	proof, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(proof) != len(node)+ed25519.SignatureSize || len(nonce) == 0 {
		return node, false
	}
	node = crypto.NodeID(proof)
	if !ed25519.Verify(node[:], append([]byte(signInContext), nonce...), proof[len(node):]) {
		return node, false
	}
	now := time.Now()
	g.mu.Lock()
	known := g.allowed[node]
	news := !known && g.news(node, now)
	barred := now.Before(g.bars[node].until)
	g.mu.Unlock()
	if news {
		g.tell(node)
	}
	return node, known && !barred
}

// news reports whether a stranger is to be told of now. Called under mu.
func (g *gate) news(stranger crypto.NodeID, now time.Time) bool {
	if now.Sub(g.toldSince) >= strangerMemory {
		clear(g.told)
		g.toldSince = now
	}
	if g.told[stranger] || now.Sub(g.toldAt) < strangerPace {
		return false
	}
	g.told[stranger], g.toldAt = true, now
	return true
}

func (g *gate) count() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused++
}

// who is the node that signed in on a connection.
func (g *gate) who(connection uint64) (leaf, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, ok := g.leaves[connection]
	return l, ok
}

// signInTime is how long a connection may take from signing in to being listed.
const signInTime = 30 * time.Second

// sweep forgets connections that are gone, given those that live, and returns
// the living ones whose node is not allowed any longer.
func (g *gate) sweep(now time.Time, live map[uint64]bool) (banned map[uint64]crypto.NodeID) {
	banned = map[uint64]crypto.NodeID{}
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.leaves, func(id uint64, l leaf) bool { return !live[id] && now.Sub(l.since) > signInTime })
	for id, l := range g.leaves {
		if live[id] && !g.allowed[l.node] {
			banned[id] = l.node
		}
	}
	return banned
}
