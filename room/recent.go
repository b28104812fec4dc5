package room

import "gochat/internal/wire"

// recent remembers the last limit keys it was told.
type recent[K comparable] struct {
	limit int
	set   map[K]struct{}
	ring  []K
	next  int
}

func (r *recent[K]) add(k K) {
	if r.has(k) {
		return
	}
	if r.set == nil {
		r.set = make(map[K]struct{})
	}
	if len(r.ring) < r.limit {
		r.ring = append(r.ring, k)
	} else {
		delete(r.set, r.ring[r.next])
		r.ring[r.next] = k
		r.next = (r.next + 1) % r.limit
	}
	r.set[k] = struct{}{}
}

func (r *recent[K]) has(k K) bool {
	_, ok := r.set[k]
	return ok
}

// cache keeps the last encoded records, so that a push to fifty links reads
// and encodes once.
type cache struct {
	raw   map[wire.RecordID][]byte
	order []wire.RecordID
	bytes int
}

func (c *cache) put(id wire.RecordID, raw []byte) {
	if _, ok := c.raw[id]; ok {
		return
	}
	if c.raw == nil {
		c.raw = make(map[wire.RecordID][]byte)
	}
	c.raw[id] = raw
	c.order = append(c.order, id)
	for c.bytes += len(raw); c.bytes > maxCache; c.order = c.order[1:] {
		c.bytes -= len(c.raw[c.order[0]])
		delete(c.raw, c.order[0])
	}
}

// drop forgets a record whose body has to go.
func (c *cache) drop(id wire.RecordID) {
	if raw, ok := c.raw[id]; ok {
		c.bytes -= len(raw)
		c.raw[id] = nil // its turn in order comes
	}
}

// encoded returns a held record's bytes; nil when the store cannot give them.
func (e *Engine) encoded(en *entry) []byte {
	if raw := e.cache.raw[en.id]; raw != nil {
		return raw
	}
	r := e.record(en)
	if r == nil {
		return nil
	}
	raw := r.Append(nil)
	e.cache.put(en.id, raw)
	return raw
}
