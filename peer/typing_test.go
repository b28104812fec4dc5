package peer

import (
	"testing"
	"time"
)

// heardTyping are the changes that a node has told since the last look.
func (p *pair) heardTyping(n *Node) (out string) {
	for _, e := range p.events(n) {
		if x, ok := e.(Typing); ok && x.Room == "lobby" && x.Nick != "" {
			out += map[bool]string{true: "+", false: "-"}[x.On]
		}
	}
	p.forget(n)
	return out
}

// Who writes is told to the others while he does, unless one end does not want it.
func TestTyping(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("lobby")
		write := func(want string) {
			t.Helper()
			for range 4 {
				p.a.Room("lobby").Typing()
				p.settle(time.Second)
			}
			p.settle(10 * time.Second)
			if got := p.heardTyping(p.b); got != want {
				t.Errorf("heard %q, want %q", got, want)
			}
		}
		write("") // nobody asked for it
		p.a.SetTypingUse(TypingUse{Tell: true})
		write("")
		p.b.SetTypingUse(TypingUse{Hear: true})
		write("+-")
		p.a.SetTypingUse(TypingUse{Hear: true})
		write("")
		p.a.SetTypingUse(TypingUse{Tell: true})
		p.a.Room("lobby").Typing()
		p.settle(time.Second)
		p.b.SetTypingUse(TypingUse{}) // what was heard still ends
		p.settle(10 * time.Second)
		if got := p.heardTyping(p.b); got != "+-" {
			t.Errorf("heard %q", got)
		}
		p.a.Room("lobby").Leave()
		p.a.SetTypingUse(TypingUse{Tell: true})
	})
}
