package peer

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/internal/wire"
)

// try opens a stream of b's own making on its connection with a, writes to it
// and returns what comes back until its end, how it ended and how long it took.
func (p *pair) try(cn *conn, send []byte) (got []byte, code closeCode, took time.Duration) {
	p.t.Helper()
	began := time.Now()
	s, err := cn.quic.OpenStream()
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := s.Write(send); err != nil {
		p.t.Fatal(err)
	}
	_ = s.SetReadDeadline(time.Now().Add(20 * time.Second))
	got, err = io.ReadAll(s)
	return got, codeOf(err), time.Since(began)
}

// refused checks that a refuses what b shows, as it does everything else.
func (p *pair) refused(what string, send []byte) {
	p.t.Helper()
	const rtt = 40100 * time.Microsecond
	got, code, took := p.try(p.conn(), send)
	if len(got) > 0 || code != closeRefused || took != refuseAfter+rtt {
		p.t.Errorf("%s: %d bytes, code %d after %v; want none and %d after %v", what, len(got), code, took, closeRefused, refuseAfter+rtt)
	}
}

// Whatever is no proof of a room shared is refused alike: unknown rooms, rooms
// that were left, rooms for others. Rooms that are shared are not disturbed.
func TestEveryRefusalIsTheSame(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("shared")
		cn := p.conn()
		p.refused("junk", make([]byte, wire.ProofSize))
		p.refused("an unknown room", cn.ends.proof(roomKeys("unknown")))
		other := cn.ends
		other.me = other.other()
		p.refused("a's own proof", other.proof(roomKeys("shared")))
		left := p.join(p.a, RoomConfig{Name: "left"})
		left.Leave()
		p.refused("a room that was left", cn.ends.proof(roomKeys("left")))
		p.join(p.a, RoomConfig{Name: "for others", Member: func(k crypto.PublicKey) bool { return k != p.b.Key() }})
		p.refused("a room for others", cn.ends.proof(roomKeys("for others")))
		for i := range 40 {
			p.join(p.a, RoomConfig{Name: string(rune('A' + i))})
		}
		p.refused("junk, with many rooms", make([]byte, wire.ProofSize))
		p.settle(5 * time.Second)
		p.want("shared", Connecting, Joined)
		if p.conn() != cn {
			t.Error("the connection was closed")
		}
	})
}

// Many attempts at once wait for each other, and cost a shared room nothing.
func TestRefusalsAreSlow(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("shared")
		cn, began := p.conn(), time.Now()
		ended := make(chan closeCode)
		const attempts = 3 * maxProving
		for range attempts {
			go func() {
				_, code, _ := p.try(cn, make([]byte, wire.ProofSize))
				ended <- code
			}()
		}
		for range attempts {
			if code := <-ended; code != closeRefused {
				t.Errorf("code %d", code)
			}
		}
		if took := time.Since(began); took < attempts/maxProving*refuseAfter {
			t.Errorf("%d attempts in %v", attempts, took)
		}
		p.want("shared", Connecting, Joined)
	})
}

// A proof is as good as an announcement: b is a member of a room in which a
// has not heard of it yet.
func TestProofWithoutAnnouncement(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("shared")
		ra, rb := p.join(p.a, RoomConfig{Name: "early"}), p.join(p.b, RoomConfig{Name: "early"})
		p.announce(ra, rb) // and not the other way
		p.settle(100 * time.Millisecond)
		p.want("early", Joined)
		if ms := ra.Members(); len(ms) != 1 || ms[0].Nick != "x" {
			t.Errorf("members %+v", ms)
		}
		rb.Leave()
		p.settle(time.Second)
		p.want("early", Joined, Left)
		if ms := ra.Members(); len(ms) != 0 {
			t.Errorf("members %+v", ms)
		}
		p.want("shared", Connecting, Joined)
	})
}

// Without any proof a connection lasts five seconds.
func TestConnectionWithoutProof(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		ra, rb := p.join(p.a, RoomConfig{Name: "r"}), p.join(p.b, RoomConfig{Name: "r"})
		var c *contact
		p.do(p.b, func(now time.Time) {
			m := rb.newMemberForTest(ra.node)
			c = m.contact
			_, cands := ra.node.conn.Candidates()
			c.remote.AddCandidates(cands)
		})
		p.do(p.a, func(now time.Time) {
			m := ra.newMemberForTest(rb.node)
			_, cands := rb.node.conn.Candidates()
			m.contact.remote.AddCandidates(cands)
		})
		p.settle(time.Second) // for a path
		began := time.Now()
		q, err := p.b.tr.dial(context.Background(), c.remote, c.key)
		if err != nil {
			t.Fatal(err)
		}
		<-q.Context().Done()
		var app *quic.ApplicationError
		if err := context.Cause(q.Context()); !errors.As(err, &app) || closeCode(app.ErrorCode) != closeRefused {
			t.Errorf("ended by %v", err)
		}
		if took := time.Since(began); took < proofTimeout || took > proofTimeout+time.Second {
			t.Errorf("after %v", took)
		}
	})
}

func (r *Room) newMemberForTest(of *Node) *member {
	ann := &wire.Announcement{Peer: of.Key(), Run: of.run.Public(), RunNumber: of.cfg.RunNumber}
	keys, err := crypto.NewProbeKeys(r.node.run, ann.Run, r.keys)
	if err != nil {
		panic(err)
	}
	return r.newMember(r.node.contactFor(time.Now(), ann, keys), keys)
}

// Who breaks the protocol in one room is shunned there, and nowhere else.
func TestInvalidDataConcernsOneRoom(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("good", "bad")
		cn := p.conn()
		p.do(p.b, func(time.Time) {
			for _, l := range cn.links {
				if l.member.room.name == "bad" {
					for range 3 { // three strikes
						l.write(wire.AppendLinkFrame(nil, wire.LinkHello{}))
					}
				}
			}
		})
		p.settle(time.Second)
		p.want("bad", Connecting, Joined, Unreachable)
		p.want("good", Connecting, Joined)
		p.refused("a shunned member", cn.ends.proof(roomKeys("bad")))
		if p.conn() != cn {
			t.Error("the connection was closed")
		}
		p.settle(shunFor + 10*time.Second)
		p.want("bad", Connecting, Joined, Unreachable, Joined)
		p.want("good", Connecting, Joined)
	})
}

// A stream that is not read is reset, and another takes its place.
func TestLinkBacklogConcernsOneRoom(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("good", "slow")
		cn := p.conn()
		links := func() (by map[string]*link) {
			by = map[string]*link{}
			p.do(p.b, func(time.Time) {
				for _, l := range cn.links {
					by[l.member.room.name] = l
				}
			})
			return by
		}
		before := links()
		p.do(p.b, func(time.Time) { before["slow"].write(make([]byte, linkBacklog+1)) })
		p.settle(5 * time.Second)
		p.want("good", Connecting, Joined)
		after := links()
		if p.conn() != cn || after["good"] != before["good"] || after["slow"] == before["slow"] || after["slow"] == nil {
			t.Errorf("before %v, after %v", before, after)
		}
		if told := p.told["slow"]; told[len(told)-1] != Joined {
			t.Errorf("told %v", told)
		}
	})
}

func BenchmarkRoomOf(b *testing.B) {
	e := ends{me: crypto.RoleServer, exporter: make([]byte, 32)}
	for name, count := range map[string]int{"1 room": 1, "16 rooms": 16, "256 rooms": MaxRooms} {
		var rooms []*Room
		for i := range count {
			rooms = append(rooms, &Room{keys: roomKeys(string(rune(i)))})
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				roomOf([crypto.ProofSize]byte{}, rooms, e)
			}
		})
	}
}
