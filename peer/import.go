package peer

import (
	"errors"
	"io"
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

// Imported counts what became of the records of a file.
type Imported struct {
	New     int // stored now
	Known   int // here before
	Old     int // older than what is kept
	Refused int // forged, of no member, or beyond what an author may write
}

func (i *Imported) add(x room.Imported) {
	i.New += x.New
	i.Known += x.Known
	i.Old += x.Old
	i.Refused += x.Refused
}

// importBatch records are given to an engine at once.
const importBatch = 128

// batches reads records, until io.EOF or another error, and hands them to take.
// What was read before an error counts.
func batches(next func() (*wire.Record, error), take func([]*wire.Record) error) error {
	for {
		var batch []*wire.Record
		var end error
		for len(batch) < importBatch && end == nil {
			var r *wire.Record
			if r, end = next(); end == nil {
				batch = append(batch, r)
			}
		}
		if len(batch) > 0 {
			if err := take(batch); err != nil {
				return err
			}
		}
		switch end {
		case nil:
		case io.EOF:
			return nil
		default:
			return end
		}
	}
}

// Import takes records, each as next returns it until io.EOF, as if a member had
// sent them. The error is next's, the store's, ErrParted or ErrClosed; what was
// counted until then is stored.
func (r *Room) Import(next func() (*wire.Record, error)) (sum Imported, err error) {
	<-r.ready
	err = batches(next, func(batch []*wire.Record) error {
		done := make(chan room.Imported, 1)
		parted := false
		err := r.doReady(func(now time.Time) {
			if parted = r.leaving || r.left; parted {
				return
			}
			r.refs++
			r.importing[r.refs] = func(x room.Imported) { done <- x }
			r.step(now, room.Import{Ref: r.refs, Records: batch})
		})
		switch {
		case err != nil:
			return err
		case parted:
			return ErrParted
		}
		select {
		case x := <-done:
			sum.add(x)
			return x.Err
		case <-r.gone:
			return ErrParted
		case <-r.node.done:
			return ErrClosed
		}
	})
	return sum, err
}

// ImportInto does what Room.Import does with a room that nobody is in: only its
// store is there. cfg.Store must be given; run is a number that this identity
// has begun no chain with.
func ImportInto(cfg RoomConfig, self Config, next func() (*wire.Record, error)) (sum Imported, err error) {
	engine, err := room.New(room.Config{
		Room: cfg.Keys.ID, Self: self.Identity, Store: cfg.Store, Chain: self.RunNumber, Durable: true,
		Member: cfg.Member, Retention: cfg.Retention,
	}, time.Now())
	if err != nil {
		return sum, err
	}
	var trims []wire.Clk
	var step func(room.Event)
	var answer room.Imported
	step = func(ev room.Event) {
		for _, a := range engine.Step(time.Now(), ev) {
			switch a := a.(type) {
			case room.Commit:
				step(room.Committed{Batch: a.Batch, Err: cfg.Store.Commit(a.Put, a.Delete)})
			case room.Trim:
				trims = append(trims, a.Before)
			case room.Imported:
				answer = a
			}
		}
	}
	err = batches(next, func(batch []*wire.Record) error {
		step(room.Import{Records: batch})
		sum.add(answer)
		return answer.Err
	})
	for _, before := range trims {
		err = errors.Join(err, cfg.Store.DropBefore(before))
	}
	return sum, err
}
