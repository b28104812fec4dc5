package room

import "time"

// What members may do; every honest member judges alike.
const (
	// MaxText is the longest message, in bytes of UTF-8.
	MaxText = 100 << 10
	// MaxNick is the longest nick a profile may claim, in bytes.
	MaxNick = 64

	paceShortSpan  = 60 * 1000 // of an author's records of one minute, by clk, 1,000 stay
	paceShortCount = 1000
	paceLongSpan   = 24 * 3600 * 1000 // and of one day 50,000
	paceLongCount  = 50000

	// maxSeq is the highest number in a chain: at that pace, of two centuries.
	maxSeq = 1<<32 - 1
	// parentAge is how old a record may be to be cited as a parent: some members
	// keep less than others, and would look for it in vain.
	parentAge = 30 * 24 * time.Hour

	// forkReach: of a forked chain, the records up to this far behind the fork are kept.
	forkReach = 64
	// forkKeep ids of one place in a chain are kept: two prove the fork.
	forkKeep = 2

	// maxAhead is how far a record's clk may run ahead of the room's time.
	maxAhead = 10 * time.Minute
	// lateAfter marks a record that arrives so long after its clk.
	lateAfter = 10 * time.Minute
)

// What this member keeps in memory for others, who may be hostile.
const (
	maxPendingAuthor = 1000
	maxPending       = 20000
	maxBodyWants     = 4096
	maxSunk          = 8192 // remembered records that are older than what is kept
	maxDropped       = 4096 // remembered records that were shown and then had no place
	maxEarlyAuthor   = 64
	maxEarly         = 1024
	maxWants         = 8192
	maxWantsLink     = 4096
	maxAnnouncers    = 8
	maxRefused       = 4096 // remembered invalid records
	maxKnown         = 8192 // remembered per link: what the peer has
	maxStrikes       = 3    // invalid data on one link
	maxWrites        = 1024 // local writes waiting for the store
	maxCache         = 1 << 20
	maxTracked       = 4096 // own records whose delivery is followed
	keepDelivered    = 256  // of them, reached by all
	maxBatch         = 512  // records in one commit
	maxRumours       = 4096
	maxCandidates    = 4096 // members known to be present
	maxBans          = 1024
	maxBroken        = 1024 // announcements of one link that came to nothing; then it is a strike
)

// Flow on one link. The sender stops at window unacknowledged records; the
// receiver acknowledges what is committed, at most inboundRate a second in the
// long run, so one neighbour costs at most a tenth of a core in signature
// checks, and 2 MB/s of store.
const (
	window       = 512
	windowBytes  = 1 << 20
	inboundRate  = 2000
	inboundBurst = 5000
	inboundUnit  = 1 << 10 // bytes that count like one more record
	maxNews      = 4096    // pushes waiting for one link; the rest is left to the digests
)

// Timing and shape of spreading and repair. Measured in simulations of 2 to
// 5,000 members; the numbers are docs/decisions'.
const (
	introduceMax   = 16                     // own records pushed at once to a new link
	announceDelay  = 200 * time.Millisecond // IHAVEs are batched so long
	wantDelay      = 200 * time.Millisecond // a push may be under way
	wantRetry      = 500 * time.Millisecond
	wantRetryMax   = 5 * time.Minute
	slowPush       = 10 * time.Second // pushes of a slow link may come so far apart
	giveUpTries    = 16
	gapReach       = 16               // records of a chain asked for at once where its begin is unknown
	giveUpAfter    = 10 * time.Second // without what comes before them, records are shown with a gap
	announceLinks  = 8                // to so many, at random
	insuranceLinks = 2                // if the author pushed it to everybody
	rumourLife     = 10 * time.Second // so long a record is news
	eagerFloor     = 3                // links that push to us are not pruned
	digestInterval = 5 * time.Second  // ±1 s, on one random link that may differ
	digestQuiet    = 2 * time.Second  // a digest among pushes under way is a false alarm
	digestOverdue  = 10 * time.Second // but not for ever
	digestIdle     = time.Minute      // on a link where nothing happens
	sessionTimeout = 10 * time.Second // without progress
	sessionPause   = 2 * time.Second  // between two with one link
	sessionLeast   = 4 << 10          // bytes that count as progress
	maxStalled     = 5                // the pause after stalled sessions doubles so often

	split       = 16 // parts of a range that differs
	listMax     = 24 // a range of so few is listed
	reconBytes  = 64 << 10
	reconRate   = 1.0 // frames a second and link, answered
	reconBurst  = 40
	offsetAgree = time.Minute     // clocks of links that agree
	offsetWarn  = 2 * time.Minute // an own clock off by more is told
)

// The overlay; how many links there are is in defaultShape.
const (
	banTime         = 10 * time.Minute // for invalid data
	shunFailed      = 30 * time.Second // a member that could not be reached; doubled each time
	shunFull        = time.Minute      // or has links enough
	shunNeed        = 5 * time.Second  // in need of links not longer
	shunMax         = 15 * time.Minute
	dialPatience    = 10 * time.Second
	neighbourSays   = 3 * time.Second  // after so long it has told how much it needs the link
	neighbourProves = 10 * time.Second // and shown its use
	partingTime     = 5 * time.Second  // for the other end to close
)
