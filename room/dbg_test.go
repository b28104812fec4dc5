package room
import ("testing";"fmt";"time")
func TestDbg(t *testing.T){
 defer func(){}()
 s:=schedule2(t,2720)
 n:=s.nodes[1]
 for id,ws:=range n.engine.log.waiting { fmt.Println("waiting",id.String()[:8],len(ws)); for _,w:=range ws{fmt.Println("  by",w.id.String()[:8],w.state,w.shown,w.missing)}; w:=n.engine.wants.byHint[id.Hint()]; fmt.Printf("  want %+v now %v\n",w,n.engine.now) }
 fmt.Println(n.engine.Stats())
}
func schedule2(t testing.TB, seed uint64) *sim {
	t.Helper()
	s := newSim(t, seed, 2+int(seed%5))
	s.dup = int(seed % 3 * 20)
	s.maxDelay = time.Duration(1+seed%4*90) * time.Millisecond
	watchTruth(s)
	blocked := make(map[[2]int]bool)
	for i := range s.nodes {
		for j := i + 2; j < len(s.nodes); j++ { // neighbours in the row stay reachable
			blocked[[2]int{i, j}] = s.rng.IntN(3) == 0
		}
	}
	reach := func() {
		for i, a := range s.nodes {
			for j := i + 1; j < len(s.nodes); j++ {
				if !blocked[[2]int{i, j}] {
					s.connect(a, s.nodes[j])
				}
			}
		}
	}
	reach()
	for op := range 25 {
		n := s.nodes[s.rng.IntN(len(s.nodes))]
		switch s.rng.IntN(12) {
		default:
			n.say(fmt.Sprint("message ", op))
		case 0:
			n.crash(false)
		case 1:
			n.crash(true)
		case 2:
			n.failNext = true
		case 3, 4:
			if l := s.links[s.rng.IntN(len(s.links))]; l.up {
				l.down(l.a)
			}
		case 5: // a partition in halves
			cut := 1 + s.rng.IntN(len(s.nodes))
			for _, l := range s.links {
				if l.up && (l.a.index < cut) != (l.b.index < cut) {
					l.down(l.a)
				}
			}
		case 6:
			reach()
		case 7:
			n.slow = time.Duration(s.rng.IntN(300)) * time.Millisecond
		}
		s.run(time.Duration(s.rng.IntN(1200)) * time.Millisecond)
	}
	s.dup = 0
	for _, n := range s.nodes {
		n.slow, n.failNext = 0, false
	}
	s.run(time.Second) // let the ends notice what is down
	reach()
	s.run(30 * time.Second)



	return s
}
