package room

import "gochat/internal/wire"

// The pace of an author is a rule on the chain itself, so all judge alike: who
// floods runs his own clock into the future, and there his records wait.
var pace = [...]struct {
	count uint64
	span  wire.Clk
}{{paceShortCount, paceShortSpan}, {paceLongCount, paceLongSpan}}

// paced reports whether a record keeps its author's pace; what comes before it
// in the chain is settled.
func (e *Engine) paced(en *entry) bool { return en.clk >= paceFloor(e.before(en), en.seq) }

// paceFloor is the lowest clk that the record at seq may have; prev is the one before it.
func paceFloor(prev *entry, seq uint64) (floor wire.Clk) {
	for _, p := range pace {
		if seq > p.count {
			if at := ancestor(prev, seq-p.count); at != nil {
				floor = max(floor, at.clk+p.span)
			}
		}
	}
	return floor
}

// before is the entry before en in its chain; nil at its begin.
func (e *Engine) before(en *entry) *entry {
	if en.seq == 1 {
		return nil
	}
	return e.log.get(en.cites[0])
}

// ancestor follows the chain back to seq. Only where it is forked before that
// has it to go step by step.
func ancestor(from *entry, seq uint64) *entry {
	if from == nil {
		return nil
	}
	c := from.chain
	if (c.forked == 0 || c.forked > seq) && seq <= uint64(len(c.line)) {
		return c.line[seq-1]
	}
	for from != nil && from.seq > seq {
		from = from.prev
	}
	return from
}
