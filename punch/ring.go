package punch

// ring is a queue that reuses its memory: it grows as needed, up to what the
// owner lets it hold.
type ring[T any] struct {
	items []T
	head  int
	n     int
}

func (r *ring[T]) push(x T) {
	if r.n == len(r.items) {
		bigger := make([]T, max(8, 2*len(r.items)))
		for i := range r.n {
			bigger[i] = *r.at(i)
		}
		r.items, r.head = bigger, 0
	}
	*r.at(r.n) = x
	r.n++
}

// pop takes the oldest element; there must be one.
func (r *ring[T]) pop() T {
	var zero T
	p := r.at(0)
	x := *p
	*p = zero
	r.head = (r.head + 1) % len(r.items)
	r.n--
	return x
}

// at is the i-th oldest element.
func (r *ring[T]) at(i int) *T { return &r.items[(r.head+i)%len(r.items)] }

// buffers is a free list of packet buffers.
type buffers struct{ free [][]byte }

// maxFree bounds the memory that a burst leaves behind.
const maxFree = 128

// clone copies a packet into a free buffer.
func (b *buffers) clone(p []byte) []byte {
	var buf []byte
	if n := len(b.free); n > 0 {
		buf, b.free = b.free[n-1], b.free[:n-1]
	}
	return append(buf[:0], p...)
}

// put takes a buffer back that nobody uses any more.
func (b *buffers) put(buf []byte) {
	if len(b.free) < maxFree {
		b.free = append(b.free, buf)
	}
}
