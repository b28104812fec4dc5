package bootnode

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// What the mailroom holds at a time, of all members and of one. Beyond it
// members hear that it is busy and come again.
const (
	mailAssembling   = 64 << 20 // bytes of objects being put together or stored
	mailReading      = 16 << 20 // bytes of objects read and not yet sent for good
	mailPosts        = 1 << 16  // objects remembered, most of them by their outcome
	mailQuestions    = 1 << 14  // requests without an answer
	mailOpen         = 8        // objects of one member being put together or stored
	mailMemberPosts  = 512      // objects of one member remembered
	mailShares       = 8        // members of one network have at most such a part of bytes and objects
	mailLate         = 1 << 14  // questions given up that an answer may still settle
	mailWaiters      = 16       // parts of one object waiting for it to be read
	mailPostLife     = 30 * time.Second
	mailItemLife     = 10 * time.Second
	mailQuestionLife = 20 * time.Second
)

// What one member may use: bytes put and fetched, and requests.
var (
	mailBytes    = rate{512 << 10, 2 << 20}
	mailRequests = rate{20, 200} // objects put or read, or boxes listed
)

// What else counts as one request: items that a BOX-GET is done with, and bytes
// of the items that it lists, which are read for that.
const (
	mailDones  = 4
	mailListed = 64 << 10
)

// mailroom is what the directory has under way with its Mail. What is here is
// gone after a while, whether or not the member is still there.
type mailroom struct {
	keep time.Duration
	ref  uint64

	posts     map[postKey]*post
	postAge   []postKey // as they came
	perMember map[crypto.SessionID]*mailUse
	bytes     int

	perNetwork map[site]mailShare

	questions   map[uint64]question
	questionAge []uint64
	late        map[uint64]lateCharge // of questions given up, until their answer comes

	depositors *networks // by bytes put into boxes
	openers    *networks // by boxes that are new

	items   map[itemKey]*item
	itemAge []itemKey
	read    int // bytes
}

// mailUse is what one member has in the mailroom.
type mailUse struct{ open, posts int }

// mailShare is what the members of one network have in the mailroom.
type mailShare struct{ posts, bytes int }

// lateCharge is what a network was charged for a question that was given up: whether
// it is used, only the answer tells.
type lateCharge struct {
	op MailOp
	charge
}

// postKey names an object on its way from a member into a box.
type postKey struct {
	session  crypto.SessionID
	transfer uint32
}

// post is an object on its way into a box: its parts, then its outcome.
type post struct {
	box     crypto.BoxID
	item    crypto.BoxItemID
	size    uint32
	from    site
	data    []byte // nil: all parts are here
	here    []bool
	missing int
	part    uint16 // whose answer is the outcome's
	status  wire.BoxStatus
	settled bool // status is the outcome
	until   time.Duration
}

// question is who waits for an answer, for what.
type question struct {
	session crypto.SessionID
	op      MailOp
	put     postKey
	request uint32  // of a list
	item    itemKey // of a read
	charge  charge  // of a put or list: given back if nothing came of it
	until   time.Duration
}

type itemKey struct {
	box crypto.BoxID
	seq uint64
}

// item is an object that was read, or is being read, for a member who fetches
// it part by part.
type item struct {
	data    []byte
	loaded  bool
	waiting []waiter
	until   time.Duration
}

type waiter struct {
	session crypto.SessionID
	part    uint16
}

func newMailroom(keep time.Duration) *mailroom {
	return &mailroom{
		keep: keep, depositors: newNetworks(), openers: newNetworks(), perNetwork: map[site]mailShare{}, posts: map[postKey]*post{}, perMember: map[crypto.SessionID]*mailUse{},
		questions: map[uint64]question{}, late: map[uint64]lateCharge{}, items: map[itemKey]*item{},
	}
}

// use is what a member has here.
func (r *mailroom) use(id crypto.SessionID) *mailUse {
	u := r.perMember[id]
	if u == nil {
		u = &mailUse{}
		r.perMember[id] = u
	}
	return u
}

// share changes what a network has here.
func (r *mailroom) share(from site, posts, bytes int) {
	s := r.perNetwork[from]
	s.posts += posts
	s.bytes += bytes
	if s == (mailShare{}) {
		delete(r.perNetwork, from)
		return
	}
	r.perNetwork[from] = s
}

// giveUp forgets a question. Its charge stays until the answer comes.
func (r *mailroom) giveUp(ref uint64) {
	q, asked := r.questions[ref]
	if !asked {
		return
	}
	delete(r.questions, ref)
	switch {
	case q.charge.of == nil:
	case len(r.late) >= mailLate:
		q.charge.giveBack()
	default:
		r.late[ref] = lateCharge{q.op, q.charge}
	}
}

// tooLate takes the answer to a question that was given up.
func (r *mailroom) tooLate(a *MailAnswer) {
	c := r.late[a.Ref]
	delete(r.late, a.Ref)
	if !a.used(c.op) {
		c.giveBack()
	}
}

// release ends a post's hold on memory; its outcome is remembered.
func (r *mailroom) release(k postKey, p *post) {
	if p.settled {
		return
	}
	p.settled = true
	p.data, p.here = nil, nil
	r.bytes -= int(p.size)
	r.share(p.from, 0, -int(p.size))
	r.perMember[k.session].open--
}

// settle notes the outcome of a post.
func (r *mailroom) settle(k postKey, p *post, s wire.BoxStatus) {
	r.release(k, p)
	p.status = s
}

// unpost forgets an object and its outcome.
func (r *mailroom) unpost(k postKey) {
	p := r.posts[k]
	if p == nil {
		return
	}
	r.release(k, p)
	delete(r.posts, k)
	r.share(p.from, -1, 0)
	u := r.perMember[k.session]
	if u.posts--; u.posts == 0 {
		delete(r.perMember, k.session)
	}
}

// unread drops an item that could not be read.
func (r *mailroom) unread(k itemKey) {
	delete(r.items, k)
	if i := slices.Index(r.itemAge, k); i >= 0 {
		r.itemAge = slices.Delete(r.itemAge, i, i+1)
	}
}

// forget drops the oldest item.
func (r *mailroom) forget() {
	k := r.itemAge[0]
	r.itemAge = r.itemAge[1:]
	if it := r.items[k]; it != nil {
		r.read -= len(it.data)
		delete(r.items, k)
	}
}

// expire forgets what is over: all of a kind live equally long, so the first to
// come is the first to go, unless it went before.
func (r *mailroom) expire(now time.Duration) {
	for len(r.postAge) > 0 {
		k := r.postAge[0]
		if p := r.posts[k]; p != nil && p.until > now {
			break
		}
		r.unpost(k)
		r.postAge = r.postAge[1:]
	}
	for len(r.questionAge) > 0 {
		ref := r.questionAge[0]
		if q, ok := r.questions[ref]; ok && q.until > now {
			break
		}
		r.giveUp(ref)
		r.questionAge = r.questionAge[1:]
	}
	for len(r.itemAge) > 0 {
		if it := r.items[r.itemAge[0]]; it != nil && it.until > now {
			break
		}
		r.forget()
	}
}

// due is when something expires; after expire.
func (r *mailroom) due() (at time.Duration, any bool) {
	earlier := func(t time.Duration) {
		if !any || t < at {
			at, any = t, true
		}
	}
	if len(r.postAge) > 0 {
		earlier(r.posts[r.postAge[0]].until)
	}
	if len(r.questionAge) > 0 {
		earlier(r.questions[r.questionAge[0]].until)
	}
	if len(r.itemAge) > 0 {
		earlier(r.items[r.itemAge[0]].until)
	}
	return at, any
}
