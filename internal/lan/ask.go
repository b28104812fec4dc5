package lan

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// asking is the questions that go out to everybody, and the nonces by which
// answers are told from adverts that somebody sends again.
type asking struct {
	due    time.Time // next question to everybody
	tries  int       // since the last time there was reason to hurry
	nonces []nonce   // latest last; those whose answers still count
}

type nonce struct {
	value [16]byte
	drawn time.Time
}

func (f *Finder) tickAsk() {
	a := &f.ask
	if !due(f.now, a.due) {
		return
	}
	f.out = append(f.out, Multicast{f.question()})
	switch {
	case a.tries < len(askWaits):
		a.due = f.now.Add(askWaits[a.tries])
		a.tries++
	case f.enough():
		a.due = f.now.Add(f.jitter(askSteady))
	default:
		a.due = f.now.Add(f.jitter(askIdle))
	}
}

// question is a LAN-QUERY. Questions of the same moment share a nonce, which
// bounds how many there are.
func (f *Finder) question() []byte {
	a := &f.ask
	a.nonces = slices.DeleteFunc(a.nonces, func(n nonce) bool { return f.now.Sub(n.drawn) > answerFor })
	if n := len(a.nonces); n == 0 || f.now.Sub(a.nonces[n-1].drawn) > questionFor {
		fresh := nonce{drawn: f.now}
		f.fill(fresh.value[:])
		a.nonces = append(a.nonces, fresh)
	}
	return wire.LANQuery{Nonce: a.nonces[len(a.nonces)-1].value}.Append(nil)
}

// asked reports whether a nonce is of a recent question of ours.
func (f *Finder) asked(value [16]byte) bool {
	return slices.ContainsFunc(f.ask.nonces, func(n nonce) bool {
		return n.value == value && f.now.Sub(n.drawn) <= answerFor
	})
}

// query answers for the own bootnode, to the asker alone, with as many bytes
// as it sent.
func (f *Finder) query(from netip.AddrPort, p []byte) {
	q, err := wire.ParseLANQuery(p)
	if err != nil {
		return
	}
	if f.asked(q.Nonce) {
		f.hears = true
		return
	}
	if f.own.open && f.answers.take(f.now, time.Second/answersPerSecond, time.Second) {
		f.out = append(f.out, Send{from, f.own.advert(f.cfg.Room, q.Nonce)})
	}
}

// fill draws random bytes.
func (f *Finder) fill(b []byte) {
	for ; len(b) > 0; b = b[8:] {
		binary.BigEndian.PutUint64(b, f.cfg.Rand.Uint64())
	}
}
