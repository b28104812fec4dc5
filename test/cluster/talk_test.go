package cluster

import (
	"syscall"
	"testing"
	"time"

	"gochat/test/proc"
)

// Three nodes of one operator: members of a room, each at another node, find
// each other and talk; also when they come at the same moment.
func TestClusterTalks(t *testing.T) {
	w := newWorld(t)
	nodes := w.cluster(3)
	for _, n := range nodes {
		n.sees(2)
	}
	var members []*proc.Process
	for i, nick := range []string{"ann", "bob", "cid"} {
		members = append(members, w.member(nick, nodes[i]))
	}
	meet(members...)
	chat("hello", members...)
	// One who comes to people who are there is found by them, at whatever node,
	// within 1 s of his registration.
	dan := w.member("dan", nodes[0])
	registered := dan.Wait(patience, "registration", proc.Registered)
	meet(dan, members[2])
	joined := members[2].Wait(patience, "dan", proc.JoinedAs(dan.ReadyKey()))
	took := joined.At.Sub(registered.At)
	t.Logf("found at another node %v after registration", took.Round(time.Millisecond))
	if took > 6*time.Second { // on a busy machine; alone it is a fraction of one
		t.Errorf("found at another node %v after registration", took)
	}
}

// The bootnodes of three operators in a chain, of which only the middle one
// knows both others: the ends talk, also if everything has to be carried.
func TestFederationTalks(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.node("hub"), w.node("middle"), w.node("edge")
	b.under(a, a.hub(b))
	c.under(b, b.hub(c))
	for _, n := range []*boot{a, b, c} {
		n.start()
	}
	for _, n := range []*boot{a, b, c} {
		n.sees(2)
	}
	ann, bob := w.member("ann", a, "--relay-only"), w.member("bob", c, "--relay-only")
	cid := w.member("cid", b)
	meet(ann, bob, cid)
	chat("hello", ann, bob, cid)
	if e := ann.Wait(patience, "bob by the relay", proc.JoinedAs(bob.ReadyKey())); e.String("path") != "relay" {
		t.Errorf("not carried: %s", e.Raw)
	}
}

// A node that is killed and comes back: its member is back, and what was said
// meanwhile among those who are left, and afterwards by all, arrives.
func TestNodeKilled(t *testing.T) {
	w := newWorld(t)
	nodes := w.cluster(3)
	ann, bob, cid := w.member("ann", nodes[0]), w.member("bob", nodes[1]), w.member("cid", nodes[2])
	meet(ann, bob, cid)
	chat("before", ann, bob, cid)
	nodes[2].Kill()
	nodes[2].Exit(patience)
	chat("during", ann, bob)
	nodes[2].start()
	chat("after", ann, bob, cid)
	// Somebody who comes now finds all of them, wherever he comes.
	dan := w.member("dan", nodes[2])
	meet(dan, ann)
	meet(dan, bob)
	meet(dan, cid)
	chat("with dan", ann, bob, cid, dan)
}

// A node that is stopped as by SIGSTOP, with all who are at it: the others
// drop its members within 12 s plus the 2 s in which a member is asked whether
// he is there. When it goes on, all is as before.
func TestNodeStopped(t *testing.T) {
	w := newWorld(t)
	nodes := w.cluster(3)
	ann, bob := w.member("ann", nodes[0], "--relay-only"), w.member("bob", nodes[1], "--relay-only")
	cid := w.member("cid", nodes[2], "--relay-only")
	meet(ann, bob, cid)
	mark, stopped := ann.Mark(), time.Now()
	nodes[2].Signal(syscall.SIGSTOP)
	cid.Signal(syscall.SIGSTOP)
	ann.WaitAfter(mark, patience, "cid left", proc.Left(cid.ReadyKey()))
	if took := time.Since(stopped); took > 30*time.Second { // on a busy machine
		t.Errorf("cid left after %v", took)
	} else {
		t.Logf("cid left after %v", took.Round(time.Millisecond))
	}
	chat("without cid", ann, bob)
	nodes[2].Signal(syscall.SIGCONT)
	cid.Signal(syscall.SIGCONT)
	chat("with cid again", ann, bob, cid)
}
