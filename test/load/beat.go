package load

import (
	"context"
	"net/netip"
	"time"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// Result is what a time of beats showed.
type Result struct {
	Took           time.Duration
	Sent, Answered int
	Delays         []time.Duration // of the answers, as they came
}

// Beat sends beats of all members in turn to an address, so many a second, and
// waits a moment for the last answers. It may be an echo: a beat that comes back
// is an answer, too.
func (f *Fleet) Beat(ctx context.Context, to netip.AddrPort, perSecond int) Result {
	return f.measure(to, func() {
		began, sent := f.now(), 0
		for ctx.Err() == nil {
			due := int((f.now() - began).Seconds() * float64(perSecond))
			f.beats(due - sent)
			f.flush()
			sent = due
			time.Sleep(time.Millisecond)
		}
	})
}

// window is how many beats of a Flood are on their way at once.
const window = 4 * udp.MaxBatch

// Flood sends beats as fast as they are answered.
func (f *Fleet) Flood(ctx context.Context, to netip.AddrPort) Result {
	return f.measure(to, func() {
		sent, lost := 0, 0
		before := f.answers()
		for ctx.Err() == nil {
			f.beats(udp.MaxBatch)
			f.flush()
			sent += udp.MaxBatch
			for stuck := f.now(); sent-lost-(f.answers()-before) > window; {
				if f.now()-stuck > 100*time.Millisecond { // loopback loses, too
					lost = sent - (f.answers() - before)
				}
				time.Sleep(20 * time.Microsecond)
			}
		}
	})
}

// lastAnswers is how long answers may take once nothing is sent any more.
const lastAnswers = 200 * time.Millisecond

func (f *Fleet) measure(to netip.AddrPort, send func()) Result {
	f.to = to
	defer func() { f.to = f.cfg.Bootnode }()
	f.mu.Lock()
	f.keep, f.delays = true, nil
	began, sent, answered := f.now(), f.sent, f.answered
	f.mu.Unlock()
	send()
	r := Result{Took: f.now() - began, Sent: f.sent - sent}
	time.Sleep(lastAnswers)
	f.mu.Lock()
	defer f.mu.Unlock()
	r.Answered, r.Delays = f.answered-answered, f.delays
	f.keep, f.delays = false, nil
	return r
}

func (f *Fleet) answers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answered
}

// beats gathers the beats of those whose turn it is.
func (f *Fleet) beats(n int) {
	for ; n > 0; n-- {
		f.mu.Lock()
		if len(f.alive) == 0 {
			f.mu.Unlock()
			return
		}
		m := f.alive[0]
		m.heard = f.now()
		f.beatAt[m.member] = m.heard
		f.alive = append(f.alive[1:], m)
		f.mu.Unlock()
		f.sent++
		p, _ := wire.SealSession(f.room(), wire.TypeBeat, f.ids[m.member], m.session, wire.Beat{}.Append(nil))
		m.session.Rest() // or a million of them would not fit
		f.gather(p)
	}
}

// room is where the next packet may be written.
func (f *Fleet) room() []byte { return f.out[f.n].Buf[:0] }

func (f *Fleet) send(p []byte) { f.gather(append(f.room(), p...)) }

func (f *Fleet) gather(p []byte) {
	q := &f.out[f.n]
	q.Buf, q.N, q.Addr = p, len(p), f.to
	if f.n++; f.n == len(f.out) {
		f.flush()
	}
}

// flush sends what was gathered. What the system does not take is a packet
// lost: it shows among those not answered.
func (f *Fleet) flush() {
	_, _ = f.conn.WriteBatch(f.out[:f.n])
	f.n = 0
}

func packets() []udp.Packet {
	ps := make([]udp.Packet, udp.MaxBatch)
	for i := range ps {
		ps[i].Buf = make([]byte, wire.MaxPacket+1)
	}
	return ps
}
