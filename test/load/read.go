package load

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// read takes what comes until the socket is closed.
func (f *Fleet) read() {
	ps := packets()
	for {
		n, err := f.conn.ReadBatch(ps)
		if err != nil {
			return
		}
		f.mu.Lock()
		for i := range ps[:n] {
			f.take(ps[i].Bytes())
		}
		f.mu.Unlock()
	}
}

// take handles a packet; pages of rosters and probes are left alone.
func (f *Fleet) take(p []byte) {
	switch wire.RendezvousKind(p) {
	case wire.TypeCookie:
		if c, err := wire.ParseCookieFrame(p); err == nil {
			f.key, f.cookie, f.cookieAt = c.Key, c.Cookie, f.now()
		}
	case wire.TypeWelcome:
		f.welcome(p)
	case wire.TypeBeatAck, wire.TypeBeat:
		id, _, err := wire.SessionFrame(p)
		if i, known := f.index[id]; err == nil && known && f.beatAt[i] != 0 {
			if f.keep {
				f.delays = append(f.delays, f.now()-f.beatAt[i])
			}
			f.answered++
			f.beatAt[i] = 0
		}
	}
}

func (f *Fleet) welcome(p []byte) {
	id, err := wire.WelcomeSession(p)
	i, known := f.index[id]
	a, waiting := f.waiting[i]
	if err != nil || !known || !waiting {
		return
	}
	w, err := wire.OpenWelcome(p, f.run(i).sealing, a.request)
	if err != nil {
		return // of an attempt that was given up
	}
	if w.Status != wire.StatusOK {
		f.refused = w.Status
		return
	}
	delete(f.waiting, i)
	f.alive = append(f.alive, turn{i, crypto.NewSession(w.Key, crypto.RoleClient), f.now()})
}
