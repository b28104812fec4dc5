package bootnode

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/wire"
)

// DirectoryConfig is what a Directory is made of.
type DirectoryConfig struct {
	Key       *crypto.RunKey // proves the bootnode's identity
	Heartbeat time.Duration  // told to members
	Timeout   time.Duration  // silence after which a member is gone; > Heartbeat
	STUNPort  uint16         // second STUN port, told to members; 0: none
	Limits    Limits
	Mail      bool                      // whether there is one for Action.Mail
	MailKeep  time.Duration             // how long it keeps things, told to members
	Federated bool                      // whether there are other nodes
	Reaches   bool                      // whether there is a socket for Action.Reach
	Serves    func(crypto.RoomTag) bool // whether newcomers are taken into a room; nil: into every room
	Invited   Invitations               // who alone is taken; nil: anybody
	Rand      *rand.Rand                // draws channel numbers, which are no secrets; nil draws a seed
}

// Event is a packet that came in, or only the passing of time if Packet is nil.
type Event struct {
	From   netip.AddrPort // never IPv4-mapped
	Path   Path
	Packet []byte      // not kept
	Opened bool        // instead of a packet: the connection of this Path is new
	Mail   *MailAnswer // instead of a packet

	Foreign []presence.Change // instead of a packet: news of other nodes' members
	Carried *Carried          // instead of a packet: a relay frame of another node

	Behind bool // more is waiting to be read than can be handled at once
}

// Action is a packet to send, or something to ask the Mail.
type Action struct {
	To     netip.AddrPort
	Path   Path
	Reach  bool         // from the socket nobody sends to, not by Path
	Packet []byte       // valid until the next Step
	Mail   *MailRequest // instead of a packet
	Carry  Carry        // with a node: Packet is for the members of another node
}

// Directory knows the rooms, their members and what has changed. It is not safe
// for concurrent use; one goroutine owns it.
type Directory struct {
	cfg           DirectoryConfig
	probeAfter    time.Duration // silence before the first probe
	probeInterval time.Duration
	cookies       *crypto.CookieJar // prove addresses of newcomers
	tokens        *crypto.CookieJar // prove new addresses of members

	sessions map[crypto.SessionID]*member
	channels map[uint32]*member
	rooms    map[crypto.RoomTag]*room
	sites    map[site]uint32 // members at each
	networks map[site]uint32 // members in each
	heard    queue           // members not silent for long
	probed   queue           // members that are
	dirty    []*room         // with changes to push, the first due at pushDue
	pushDue  time.Duration
	freed    uint64 // highest version of a room that is no more

	abroad abroad
	mail   *mailroom // nil: no mailbox
	share  share     // of the relay, among senders
	took   bool      // the packet of this Step was a member's, or made one

	ready   [readySessions]*crypto.Session // with ciphers prepared; the next to give its place is at readyAt
	readyAt int

	bans   bans
	guests map[crypto.SessionID][8]byte // by which invitation a member is here; of no use unless invitations are wanted
	words  words
	walks  []*walk
	drain  *drain // nil: the bootnode stays

	sources              sources
	hellos, regs, absent meter

	start   time.Time
	wall    time.Time     // of this Step
	now     time.Duration // since start, never going back
	behind  time.Duration // of that, what silence is not counted for
	out     []Action
	buf     []byte // behind the packets of out
	body    []byte // of the frame being sealed
	plain   []byte // of the relay frame being passed on
	entries []wire.RosterEntry
	stats   Stats
}

// maxProbes are sent, evenly spaced, before a silent member is given up.
const maxProbes = 4

// NewDirectory makes an empty directory. Times given to Step come from the
// same clock as start.
func NewDirectory(cfg DirectoryConfig, start time.Time) *Directory {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	// With a heartbeat of 10 s and a timeout of 15 s: at 11, 12, 13 and 14 s.
	interval := (cfg.Timeout - cfg.Heartbeat) / (maxProbes + 1)
	var mail *mailroom
	if cfg.Mail {
		mail = newMailroom(cfg.MailKeep)
	}
	return &Directory{
		mail:          mail,
		abroad:        newAbroad(cfg.Federated),
		cfg:           cfg,
		probeAfter:    cfg.Timeout - maxProbes*interval,
		probeInterval: interval,
		cookies:       crypto.NewCookieJar(),
		tokens:        crypto.NewCookieJar(),
		sessions:      map[crypto.SessionID]*member{},
		channels:      map[uint32]*member{},
		rooms:         map[crypto.RoomTag]*room{},
		sites:         map[site]uint32{},
		networks:      map[site]uint32{},
		guests:        map[crypto.SessionID][8]byte{},
		sources:       newSources(),
		words:         newWords(start),
		plain:         make([]byte, 0, wire.MaxPacket),
		share:         newShare(cfg.Limits.RelayTotal),
		start:         start,
	}
}

// Step takes an event and returns the packets to send. The packet is handled
// before the deadlines, so that a beat that came in time is never too late.
func (d *Directory) Step(now time.Time, ev Event) []Action {
	before := d.now
	d.begin(now)
	if ev.Behind {
		d.behind += (d.now - before) / behindSlows * (behindSlows - 1)
	}
	d.took = false
	switch {
	case ev.Opened:
		d.greet(ev)
	case ev.Foreign != nil:
		d.told(ev.Foreign)
	case ev.Carried != nil:
		d.arrived(ev.Carried)
	case ev.Mail != nil:
		d.answered(ev.Mail)
	case ev.Packet != nil:
		d.packet(ev)
	}
	d.checkSilence()
	d.pushDirty()
	d.pump()
	d.announceDrain()
	d.walkOn()
	if d.mail != nil {
		d.mail.expire(d.now)
	}
	return d.end()
}

// Shutdown returns a BYE to every member, so that nobody has to wait for
// unanswered beats to notice that the bootnode is gone.
func (d *Directory) Shutdown(now time.Time) []Action {
	d.begin(now)
	for _, q := range []*queue{&d.heard, &d.probed} {
		for m := q.head; m != nil; m = m.next {
			d.send(m, wire.TypeBye, nil)
		}
	}
	return d.end()
}

// NextDeadline is when Step is wanted even without a packet; zero: never.
func (d *Directory) NextDeadline() time.Time {
	due, any := time.Duration(0), false
	earlier := func(t time.Duration) {
		if !any || t < due {
			due, any = t, true
		}
	}
	if m := d.heard.head; m != nil {
		earlier(m.due + d.behind)
	}
	if m := d.probed.head; m != nil {
		earlier(m.due + d.behind)
	}
	if len(d.dirty) > 0 {
		earlier(d.pushDue)
	}
	if at, waiting := d.share.next(d.now); waiting {
		earlier(at)
	}
	if len(d.walks) > 0 {
		earlier(d.walks[0].due)
	}
	if d.drain != nil {
		earlier(d.drain.due(d.now))
	}
	if d.mail != nil {
		if at, any := d.mail.due(); any {
			earlier(at)
		}
	}
	if !any {
		return time.Time{}
	}
	return d.start.Add(due)
}

// Stats returns the counts so far.
func (d *Directory) Stats() Stats {
	s := d.stats
	s.Members, s.Rooms, s.Foreign = len(d.sessions), len(d.rooms), d.abroad.members
	s.Draining = d.drain != nil
	return s
}

// keptBuffer is how much of the output buffer outlives a Step.
const keptBuffer = 256 << 10

func (d *Directory) begin(now time.Time) {
	d.wall = now
	d.now = max(d.now, now.Sub(d.start))
	d.out = d.out[:0]
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	d.buf = d.buf[:0]
}

func (d *Directory) end() []Action {
	d.stats.Sent += uint64(len(d.out))
	return d.out
}

func (d *Directory) packet(ev Event) {
	d.stats.Received++
	if len(ev.Packet) > wire.MaxPacket || !ev.From.IsValid() || ev.From.Port() == 0 {
		d.drop(DropMalformed)
		return
	}
	switch wire.Classify(ev.Packet) {
	case wire.ClassRelay:
		d.relay(ev)
	case wire.ClassRendezvous:
		switch wire.RendezvousKind(ev.Packet) {
		case wire.TypeHello:
			d.hello(ev)
		case wire.TypeRegister:
			d.register(ev)
		default:
			d.sessionFrame(ev)
		}
	default:
		d.drop(DropMalformed)
	}
}

func (d *Directory) drop(r DropReason) { d.stats.Drops[r]++ }

// emit sends what was appended to the buffer.
func (d *Directory) emit(to netip.AddrPort, path Path, appended []byte) {
	p := appended[len(d.buf):]
	d.buf = appended
	d.out = append(d.out, Action{To: to, Path: path, Packet: p[:len(p):len(p)]})
}

// send seals a frame for a member and sends it to its proven address.
func (d *Directory) send(m *member, t wire.RendezvousType, body []byte) {
	b, _ := wire.SealSession(d.buf, t, m.id, d.awake(&m.session), body)
	d.emit(m.addr, m.path, b)
}

// period counts the lives of cookies and tokens.
func (d *Directory) period() uint32 { return uint32(d.wall.Unix() / 60) }
