// Package load plays very many members of one bootnode: it registers them with
// real frames, keeps them alive with beats at a given pace and tells how long
// the answers take. For loopback: all members share one socket, and they do
// nothing but be there.
package load

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// Config says who is played.
type Config struct {
	Bootnode netip.AddrPort // of this machine
	Members  int            // at most MostMembers
	Room     int            // members in each room
}

// MostMembers bounds a fleet.
const MostMembers = 1_000_000

const (
	// registerPace is below what a bootnode takes in a second by default.
	registerPace = 2_500
	// registering is how many wait for their WELCOME at once.
	registering = 128
	// beatsAtOnce bounds those sent in a millisecond while others register: more
	// would only fill the socket's buffer, where registrations are lost with them.
	beatsAtOnce = 512
	// registersAtOnce bounds the registrations begun between two bursts of beats:
	// each takes as long as a hundred beats.
	registersAtOnce = 8
	// again is when a HELLO or a REGISTER without an answer is repeated.
	again = time.Second
	// cookieLife is when a new cookie is asked for, well before this one ends.
	cookieLife = 40 * time.Second
	// announcement is as long as that of a member with several addresses.
	announcement = 260
)

// Fleet is all members. One goroutine may call Register and Beat.
type Fleet struct {
	cfg   Config
	conn  udp.Conn
	to    netip.AddrPort
	start time.Time
	runs  []run // member i has runs[i%Room] in room i/Room
	ids   []crypto.SessionID
	index map[crypto.SessionID]int32

	out  []udp.Packet // gathered
	n    int
	sent int // beats of this and earlier calls

	mu sync.Mutex // guards all below: the reader writes them
	fleetState
}

type fleetState struct {
	key      crypto.RunPublic // of the bootnode
	cookie   crypto.Cookie
	cookieAt time.Duration // 0: none yet
	waiting  map[int32]attempt
	alive    []turn // registered, in the order of their turns to beat
	refused  wire.Status
	beatAt   []time.Duration // of each member's latest beat; 0: answered
	answered int
	delays   []time.Duration // of answers, while they are kept
	keep     bool
}

type run struct {
	key     *crypto.RunKey
	sealing *crypto.RegisterKeys
}

type attempt struct {
	request wire.Request
	at      time.Duration
}

// turn is one registered member and when it was last heard.
type turn struct {
	member  int32
	session *crypto.Session
	heard   time.Duration
}

// New makes a fleet on a socket of its own. It must be closed.
func New(cfg Config) (*Fleet, error) {
	if !cfg.Bootnode.Addr().IsLoopback() {
		return nil, fmt.Errorf("load is for a bootnode on this machine, not for %v", cfg.Bootnode)
	}
	if cfg.Members < 1 || cfg.Members > MostMembers || cfg.Room < 1 {
		return nil, fmt.Errorf("1 to %d members in rooms of at least one", MostMembers)
	}
	conn, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		cfg: cfg, conn: conn, to: cfg.Bootnode, start: time.Now(),
		index: make(map[crypto.SessionID]int32, cfg.Members), out: packets(),
	}
	f.waiting, f.beatAt = map[int32]attempt{}, make([]time.Duration, cfg.Members)
	for range min(cfg.Room, cfg.Members) {
		k, err := crypto.NewRunKey()
		if err != nil {
			return nil, err
		}
		f.runs = append(f.runs, run{key: k})
	}
	for i := range int32(cfg.Members) {
		id := crypto.NewSessionID(f.run(i).key.Public(), f.tag(i))
		f.ids, f.index[id] = append(f.ids, id), i
	}
	go f.read()
	return f, nil
}

// Close ends all members without a word.
func (f *Fleet) Close() { f.conn.Close() }

func (f *Fleet) run(i int32) *run { return &f.runs[int(i)%len(f.runs)] }

func (f *Fleet) tag(i int32) (t crypto.RoomTag) {
	binary.BigEndian.PutUint32(t[:], uint32(int(i)/len(f.runs)))
	return t
}

func (f *Fleet) now() time.Duration { return time.Since(f.start) }

// Register registers all members, one room after the other, and keeps alive
// those that are registered.
func (f *Fleet) Register(ctx context.Context, interval time.Duration) error {
	if err := f.greet(ctx); err != nil {
		return err
	}
	began, tried := f.now(), 0
	for ctx.Err() == nil {
		f.mu.Lock()
		alive, refused, waiting, renew := len(f.alive), f.refused, len(f.waiting), f.now()-f.cookieAt > cookieLife
		late, due := f.late(), f.due(interval)
		late = late[:min(len(late), registersAtOnce)]
		f.mu.Unlock()
		if refused != wire.StatusOK {
			return fmt.Errorf("member %d is not taken: %v", alive, refused)
		}
		if alive == f.cfg.Members {
			return nil
		}
		if renew {
			f.hello()
		}
		for _, i := range late {
			if err := f.register(i); err != nil {
				return err
			}
		}
		for begun := len(late); begun < registersAtOnce && waiting < registering && tried < f.cfg.Members &&
			time.Duration(tried) < (f.now()-began)*registerPace/time.Second; begun, waiting = begun+1, waiting+1 {
			if err := f.register(int32(tried)); err != nil {
				return err
			}
			tried++
		}
		f.beats(min(due, beatsAtOnce))
		f.flush()
		time.Sleep(time.Millisecond)
	}
	return errors.New("not all members were registered in time")
}

// late lists those whose WELCOME is overdue. The caller holds mu.
func (f *Fleet) late() (is []int32) {
	for i, a := range f.waiting {
		if f.now()-a.at > again {
			is = append(is, i)
		}
	}
	return is
}

// due counts those who have been silent for an interval. The caller holds mu.
func (f *Fleet) due(interval time.Duration) (n int) {
	for n < len(f.alive) && f.now()-f.alive[n].heard >= interval {
		n++
	}
	return n
}

// greet gets the first cookie.
func (f *Fleet) greet(ctx context.Context) error {
	for ctx.Err() == nil {
		f.hello()
		f.flush()
		for range 100 {
			f.mu.Lock()
			got := f.cookieAt != 0
			f.mu.Unlock()
			if got {
				return f.prepare()
			}
			time.Sleep(again / 100)
		}
	}
	return errors.New("the bootnode does not answer")
}

// prepare derives what each run key shares with the bootnode.
func (f *Fleet) prepare() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.runs {
		keys, err := crypto.NewRegisterKeys(f.runs[i].key, f.key)
		if err != nil {
			return err
		}
		f.runs[i].sealing = keys
	}
	return nil
}

func (f *Fleet) hello() { f.send(wire.Hello{Nonce: wire.NewNonce()}.Append(nil)) }

func (f *Fleet) register(i int32) error {
	f.mu.Lock()
	cookie, key := f.cookie, f.key
	f.mu.Unlock()
	r := f.run(i)
	p, err := wire.Register{
		Cookie: cookie, Tag: f.tag(i), Run: r.key.Public(), Proof: r.sealing.Proof(cookie, f.tag(i)),
		Announcement: make([]byte, announcement),
	}.Seal(key)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.waiting[i] = attempt{wire.RequestOf(p), f.now()}
	f.mu.Unlock()
	f.send(p)
	return nil
}
