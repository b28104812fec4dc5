package store

import (
	"gochat/internal/wire"
)

// Commit stores and deletes records in one durable step; see room.Store. A
// record that is there already stays as it is, but for its body: that is
// dropped if the one put has none, and set if it had none. What is deleted or
// dropped is overwritten in the file and gone from the search index.
func (r *Room) Commit(put []*wire.Record, del []wire.RecordID) error {
	ready := make([]*incoming, len(put))
	for i, rec := range put {
		ready[i] = prepare(rec)
	}
	return r.db.commit(true, func(t *tx) error {
		for _, in := range ready {
			if err := r.put(t, in); err != nil {
				return err
			}
		}
		for _, id := range del {
			old, err := t.find(r.row, id)
			if err == nil && old != nil {
				err = r.remove(t, id, old, true)
			}
			if err != nil {
				return err
			}
		}
		return t.saveParts(r.row)
	})
}

func (r *Room) put(t *tx, in *incoming) error {
	old, err := t.find(r.row, in.id)
	switch {
	case err != nil:
		return err
	case old == nil:
		return r.insert(t, in)
	case old.body == nil && in.body != nil:
		return r.setBody(t, old, in)
	case old.body != nil && in.body == nil:
		return r.dropBody(t, old)
	}
	return nil
}

func (r *Room) insert(t *tx, in *incoming) error {
	p, err := t.partFor(r.row, in.Clk)
	if err != nil {
		return err
	}
	seat, err := r.seat(t, in)
	if err != nil {
		return err
	}
	err = t.exec("INSERT INTO record (room, clk, hint, seat, target, header, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.row, int64(in.Clk), hint(in.id), seat, target(in.Record), in.header, blob(in.body))
	if err != nil {
		return err
	}
	lid := t.LastInsertRowID()
	p.count(in.Clk, 1, int64(len(in.header)+len(in.body)))
	if err := p.index(t, in, seat); err != nil {
		return err
	}
	if in.Type == wire.RecordText && in.Author == r.db.self {
		if err := t.exec("INSERT INTO own (room, lid) VALUES (?, ?)", r.row, lid); err != nil {
			return err
		}
	}
	if err := r.setNick(t, in); err != nil {
		return err
	}
	return r.setUnshown(t, in, lid)
}

// seat finds a record's place among the texts of its clk; nil: it is no text.
func (r *Room) seat(t *tx, in *incoming) (any, error) {
	if !in.text {
		return nil, nil
	}
	if in.body == nil {
		return noSeat, nil
	}
	next, err := t.number(`SELECT count(*) FROM (SELECT 1 FROM record
		WHERE room = ? AND clk = ? AND seat IS NOT NULL LIMIT ?)`, r.row, int64(in.Clk), maxSeats)
	if next > 0 && next < maxSeats { // rare: another one at the same millisecond
		next, err = t.number(`SELECT max(seat) + 1 FROM record
			WHERE room = ? AND clk = ? AND seat IS NOT NULL`, r.row, int64(in.Clk))
	}
	if next >= maxSeats {
		next = noSeat
	}
	return next, err
}

// setBody gives a stub its body.
func (r *Room) setBody(t *tx, old *stored, in *incoming) error {
	p, err := t.partOf(r.row, old.clk)
	if err != nil {
		return err
	}
	seat, err := r.seat(t, in)
	if err != nil {
		return err
	}
	if err := t.exec("UPDATE record SET seat = ?, body = ? WHERE lid = ?", seat, in.body, old.lid); err != nil {
		return err
	}
	p.count(old.clk, 0, int64(len(in.body)))
	if err := p.index(t, in, seat); err != nil {
		return err
	}
	if err := r.setNick(t, in); err != nil {
		return err
	}
	return r.setUnshown(t, in, old.lid)
}

// dropBody makes a stub of a record.
func (r *Room) dropBody(t *tx, old *stored) error {
	p, err := t.partOf(r.row, old.clk)
	if err != nil {
		return err
	}
	if err := p.unindex(t, old); err != nil {
		return err
	}
	t.drops = true
	p.count(old.clk, 0, -int64(len(old.body)))
	if err := t.exec("UPDATE record SET seat = min(seat, ?), body = NULL WHERE lid = ?", noSeat, old.lid); err != nil {
		return err
	}
	if _, err := r.setShown(t, old); err != nil {
		return err
	}
	return r.setComplete(t, old.lid)
}

// remove deletes a record and all that hangs on it. If it may come back, it is
// remembered that it was shown.
func (r *Room) remove(t *tx, id wire.RecordID, old *stored, mayReturn bool) error {
	p, err := t.partOf(r.row, old.clk)
	if err != nil {
		return err
	}
	if err := p.unindex(t, old); err != nil {
		return err
	}
	t.drops = true
	p.count(old.clk, -1, -old.size())
	wasUnshown, err := r.setShown(t, old)
	if err != nil {
		return err
	}
	if mayReturn && !wasUnshown && isShown(typeOf(old.header)) {
		err := t.exec("INSERT OR IGNORE INTO ghost (room, clk, id) VALUES (?, ?, ?)", r.row, int64(old.clk), id[:])
		if err != nil {
			return err
		}
	}
	if err := t.exec("DELETE FROM record WHERE lid = ?", old.lid); err != nil {
		return err
	}
	return r.setComplete(t, old.lid)
}

// index makes a text findable. seat is as seat returned it.
func (p *part) index(t *tx, in *incoming, seat any) error {
	n, _ := seat.(int64)
	if seat == nil || n == noSeat || len(in.terms) == 0 {
		return nil
	}
	p.texts++
	return t.exec("INSERT INTO words (rowid, text) VALUES (?, ?)", docID(in.Clk, n), document(in.terms, partPrefix(p.id)))
}

// unindex takes a text out of the index.
func (p *part) unindex(t *tx, old *stored) error {
	if !old.text || old.seat == noSeat {
		return nil
	}
	_, rec, err := old.record()
	if err != nil {
		return err
	}
	terms := termsOf(rec)
	if len(terms) == 0 {
		return nil
	}
	p.texts--
	return t.exec("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
		docID(old.clk, old.seat), document(terms, partPrefix(p.id)))
}

// blob is a body as an argument: nil is NULL.
func blob(body []byte) any {
	if body == nil {
		return nil
	}
	return body
}

// typeOf reads a record's type off its header.
func typeOf(header []byte) wire.RecordType { return wire.RecordType(header[1]) }
