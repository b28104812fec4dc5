package presence

import "time"

// allowance is how much of something there is in a second, and at once.
type allowance struct{ perSecond, burst int }

// What all nodes together, and one of them, may make this one do.
var (
	// Signatures, of about 60 µs each: what each known node has for itself, what
	// they have together beyond that, and what all others have.
	checksOfNode      = allowance{40, 2_000}
	checksOfAll       = allowance{5_000, 50_000}
	checksOfStrangers = allowance{500, 2_000}
	messagesOfNode    = allowance{2_000, 20_000}
	bytesOfNode       = allowance{16 << 20, 64 << 20}

	// Records in answers to one node, about one room, and in all: whoever asks
	// pays with a hundred bytes for megabytes, and everybody may ask.
	answersToNode = allowance{50_000, 200_000}
	answersOfRoom = allowance{20_000, 100_000}
	answersToAll  = allowance{100_000, 1_000_000}

	// Nodes that were never heard. A key costs nothing, and each new one has all
	// rooms asked about.
	newNodes = allowance{1, 256}
)

// budget is what is left of an allowance, as the time until which what was taken
// is paid for. The zero value is a full one.
type budget time.Duration

// left reports whether anything is.
func (b budget) left(now time.Duration, a allowance) bool {
	return time.Duration(b)-now < a.cost(a.burst)
}

// take takes n. It may overdraw once, so that what is larger than the burst goes
// through too.
func (b *budget) take(now time.Duration, n int, a allowance) bool {
	if !b.left(now, a) {
		return false
	}
	*b = budget(max(time.Duration(*b), now) + a.cost(n))
	return true
}

func (a allowance) cost(n int) time.Duration {
	return time.Duration(float64(n) / float64(a.perSecond) * float64(time.Second))
}
