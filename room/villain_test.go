package room

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// villain is a member with links to all and no scruples: it sends what it likes
// to whom it likes, and answers nothing.
type villain struct {
	*pipes
	key   crypto.PublicKey
	links map[*pipeNode]LinkID
}

func (p *pipes) villain(n int) *villain {
	v := &villain{pipes: p, key: memberN(n).Public(), links: make(map[*pipeNode]LinkID)}
	for _, node := range p.nodes {
		p.lastLink++
		id := LinkID(p.lastLink)
		v.links[node] = id
		node.ends[id] = &pipeEnd{to: &pipeNode{pipes: p, down: true, ends: map[LinkID]*pipeEnd{}}, free: p.now}
		node.step(LinkUp{Link: id, Peer: v.key})
		node.step(Frame{id, unframe(wire.AppendLinkFrame(nil, wire.LinkHello{Now: clkOf(p.now)}))})
	}
	return v
}

func (v *villain) push(to *pipeNode, r *wire.Record, flags wire.PushFlags) {
	raw := unframe(wire.AppendLinkFrame(nil, wire.LinkPush{Hop: 1, Flags: flags, Record: r.Append(nil)}))
	to.step(Frame{v.links[to], raw})
}

// crimes are what a villain may write. Each takes the number of an honest member,
// and returns what is sent to it.
var crimes = map[string]func(rng *rand.Rand) func(i int) []*wire.Record{
	"forks": func(*rand.Rand) func(int) []*wire.Record {
		root := newScribe(900)
		first := root.write("root")
		return func(i int) []*wire.Record {
			w := root.fork()
			w.write(fmt.Sprint("to ", i))
			return append([]*wire.Record{first}, w.fork().run(3)...)
		}
	},
	"forks late, below what others built upon": func(*rand.Rand) func(int) []*wire.Record {
		w := newScribe(901)
		all := w.run(150)
		other := newScribe(901)
		other.write("another first")
		twin := other.run(5)
		return func(i int) []*wire.Record {
			if i%2 == 0 {
				return all
			}
			return slices.Concat(all[:100], twin, all[100:])
		}
	},
	"backdates": func(*rand.Rand) func(int) []*wire.Record {
		w := newScribe(902)
		one := w.write("one")
		w.clk -= 3600 * 1000
		two := w.write("an hour before it")
		w.chain, w.seq, w.prev = 2, 0, wire.RecordID{}
		w.clk -= 48 * 3600 * 1000
		three := w.write("two days ago, in another chain")
		return func(int) []*wire.Record { return []*wire.Record{one, two, three} }
	},
	"runs ahead": func(*rand.Rand) func(int) []*wire.Record {
		w := newScribe(903)
		w.clk += 15 * 60 * 1000
		return func(int) []*wire.Record { return w.fork().run(80) }
	},
	"replays from another room": func(*rand.Rand) func(int) []*wire.Record {
		r := newScribe(904).write("said elsewhere")
		r.Sign(memberN(904), crypto.RoomID{77})
		return func(int) []*wire.Record { return []*wire.Record{r} }
	},
	"floods": func(*rand.Rand) func(int) []*wire.Record {
		w := newScribe(905)
		w.clk -= 5 * 60 * 1000
		all := w.run(paceShortCount + 300)
		return func(i int) []*wire.Record {
			if i%2 == 0 {
				slices.Reverse(all)
			}
			return slices.Clone(all)
		}
	},
	"strips bodies": func(*rand.Rand) func(int) []*wire.Record {
		all := newScribe(906).run(20)
		return func(i int) []*wire.Record {
			out := slices.Clone(all)
			for j := range out {
				if j%4 != i {
					out[j] = strip(out[j])
				}
			}
			return out
		}
	},
	"withholds": func(*rand.Rand) func(int) []*wire.Record {
		all := newScribe(907).run(30)
		return func(i int) []*wire.Record { return slices.Concat(all[:5], all[10+i:]) }
	},
	"contradicts himself": func(rng *rand.Rand) func(int) []*wire.Record {
		w := newScribe(908)
		one := w.write("one")
		w.seq++ // skips a number
		two := w.write("three")
		w.prev = two.ID()
		w.clk -= 10
		three := w.write("before what it follows", one)
		return func(int) []*wire.Record {
			out := []*wire.Record{one, two, three}
			rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
			return out
		}
	},
	"edits and deletes what is not his": func(*rand.Rand) func(int) []*wire.Record {
		w := newScribe(909)
		return func(int) []*wire.Record {
			w := w.fork()
			return []*wire.Record{w.edit(wire.RecordID{1}, "x"), w.remove(wire.RecordID{1}), w.react(wire.RecordID{1}, "x")}
		}
	},
}

// Whatever one of them does, the honest end with the same set, show the same,
// hear each other, and know of a fork.
func TestHonestMembersAgree(t *testing.T) {
	for name, crime := range crimes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				p := newPipes(t, 15*time.Millisecond, 2_000_000)
				for range 4 {
					p.node()
				}
				for i := range 3 { // the honest are a row; the villain knows all
					p.link(p.nodes[i], p.nodes[i+1])
				}
				v := p.villain(900)
				p.run(time.Second)
				rng := rand.New(rand.NewPCG(seed, 1))
				deed := crime(rng)
				for i, n := range p.nodes {
					n.say(fmt.Sprint("honest ", i))
					flags := wire.PushToAll
					if rng.IntN(2) == 0 {
						flags = wire.PushRepair
					}
					for _, r := range deed(i) {
						v.push(n, r, flags)
					}
					p.run(time.Duration(rng.IntN(500)) * time.Millisecond)
				}
				p.run(90 * time.Second)
				p.checkAgree(t, name)
				p.run(20 * time.Minute) // what ran ahead is due
				p.checkAgree(t, name)
			}
		})
	}
}

func (p *pipes) checkAgree(t *testing.T, crime string) {
	t.Helper()
	want := p.nodes[0].look()
	for i, n := range p.nodes {
		if got := n.look(); got != want {
			t.Fatalf("member %d sees\n%s\nmember 0\n%s", i, got, want)
		}
		for j := range p.nodes {
			if n.arrival(fmt.Sprint("honest ", j)).IsZero() {
				t.Fatalf("member %d does not hear %d", i, j)
			}
		}
		forks := 0
		for _, a := range n.got {
			if _, ok := a.(ForkSeen); ok {
				forks++
			}
		}
		if forked := crime == "forks" || crime == "forks late, below what others built upon"; forked != (forks > 0) {
			t.Fatalf("member %d knows of %d forks", i, forks)
		}
		if st := n.engine.Stats(); st.Settled > 2000 || st.Pending+st.Wanted > 100 || st.Early > maxEarlyAuthor {
			t.Fatalf("member %d: %+v", i, st)
		}
	}
}

// look is all that a member shows, in words.
func (n *pipeNode) look() string {
	count, digest := n.engine.Transcript()
	out := fmt.Sprintf("%d records, %x\n", count, digest)
	for _, m := range n.engine.History(1 << 20) {
		out += fmt.Sprintln(m.Order[:20], m.Content, string(m.Text), m.Gap)
	}
	return out
}
