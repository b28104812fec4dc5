package peer

import (
	"fmt"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/wire"
	"gochat/punch"
	"gochat/room"
)

// ghosts announces members in a room who do not exist.
func (p *pair) ghosts(r *Room, n int) {
	p.t.Helper()
	p.do(r.node, func(now time.Time) {
		for i := range n {
			run, err := crypto.NewRunKey()
			if err != nil {
				p.t.Error(err)
				return
			}
			m := r.announced(now, rendezvous.MemberPresent{Announcement: wire.Announcement{
				Peer: crypto.IdentityFromSeed([32]byte{1: 1, 2: byte(i)}).Public(), Run: run.Public(), RunNumber: 1, Generation: 1,
			}})
			m.setNick(time.Now(), fmt.Sprint("ghost", i))
			m.list(now, true)
		}
		r.callRoll(now)
	})
}

// Of the members of a large room a few are dialled. Who cannot be reached is
// left for another, and never called unreachable.
func TestLargeRoomDialsFew(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		r := p.join(p.a, RoomConfig{Name: "large"})
		p.ghosts(r, 60)
		tried := map[crypto.PublicKey]bool{}
		for range 60 {
			p.settle(time.Second)
			p.do(p.a, func(time.Time) {
				dialling := 0
				for k, m := range r.members {
					if m.presence.state != Present && m.presence.state != Connecting {
						t.Errorf("%s is %v (%s)", m.nick, m.presence.state, m.presence.reason)
					}
					if m.presence.dialing {
						dialling, tried[k] = dialling+1, true
					}
				}
				if dialling > 10 {
					t.Errorf("%d are dialled at once", dialling)
				}
			})
		}
		if len(tried) < 20 {
			t.Errorf("only %d were tried in a minute", len(tried))
		}
		for _, m := range r.Members() {
			if m.State == Present && (m.Path != PathNone || m.Reason == "") {
				t.Errorf("%+v", m)
			}
		}
	})
}

// A link that a large room needs no more goes, and the connection only if no
// other room needs it. Then the path rests, until a link is wanted again.
func TestSurplusLink(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("large", "small")
		var one, two *Room
		var c *contact
		p.do(p.a, func(time.Time) {
			one, two = p.a.rooms[0], p.a.rooms[1]
			c = p.a.contacts[p.b.Key()]
		})
		p.ghosts(one, 60)
		p.ghosts(p.b.roomList()[0], 60)
		p.settle(100 * time.Millisecond)
		release := func(r *Room) {
			p.do(p.a, func(now time.Time) {
				r.act(now, room.CloseLink{Link: r.members[p.b.Key()].link.id, Peer: p.b.Key(), Reason: room.Surplus})
			})
			p.settle(1500 * time.Millisecond)
		}
		states := func(want State, links int) {
			t.Helper()
			p.do(p.a, func(time.Time) {
				if m := one.members[p.b.Key()]; m.presence.state != want {
					t.Errorf("%v (%s) in the large room, want %v", m.presence.state, m.presence.reason, want)
				}
				n := 0
				if c.conn != nil {
					n = len(c.conn.links)
				}
				if n != links {
					t.Errorf("%d links, want %d", n, links)
				}
			})
			p.do(p.b, func(time.Time) {
				if m := p.b.rooms[0].members[p.a.Key()]; m.presence.state != want {
					t.Errorf("the other end: %v (%s)", m.presence.state, m.presence.reason)
				}
			})
		}
		states(Joined, 2)
		release(one)
		states(Present, 1)
		two.Leave()
		p.settle(2 * time.Second)
		states(Present, 0)
		if s := p.b.Stats(); s.Connections != 0 {
			t.Errorf("the other end: %+v", s)
		}
		p.do(p.a, func(now time.Time) {
			if c.needed() {
				t.Error("the path is needed")
			}
			c.rest(now)
			c.rest(now.Add(restAfter))
			if i := c.remote.Info(); !c.resting || i.Kind != punch.None {
				t.Errorf("resting %t, %+v", c.resting, i)
			}
			one.act(now, room.Dial{Peer: p.b.Key()})
		})
		p.settle(time.Second)
		states(Joined, 1)
	})
}
