package store

import (
	"encoding/hex"
	"slices"
	"time"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
	"gochat/room"
)

// maxNotes records that are about one count, the newest: one that everybody
// reacts to must not take forever to show.
const maxNotes = 4096

// views makes messages of records. What is to be shown no more is left out.
func (r *Room) views(c *conn, list []found) ([]room.Message, error) {
	g := gatherer{room: r, conn: c, have: make(map[wire.RecordID]bool)}
	for _, f := range list {
		g.take(f.id, f.rec)
	}
	// What is about them, and, since an edit may be edited, about that.
	for begin := range 2 {
		if err := g.notes(begin); err != nil {
			return nil, err
		}
	}
	if err := g.cited(); err != nil {
		return nil, err
	}
	preview := room.NewPreview(r.db.self, time.Now(), g.ids, g.records)
	var out []room.Message
	for _, f := range list {
		if m, ok := preview.View(f.id); ok {
			out = append(out, m)
		}
	}
	return out, nil
}

// View returns one record as it is to be shown, by its id in hexadecimal. The
// error may be room.ErrNotFound.
func (r *Room) View(id string) (m room.Message, err error) {
	var key wire.RecordID
	if n, err := hex.Decode(key[:], []byte(id[:min(len(id), 2*len(key))])); err != nil || n != len(key) {
		return m, room.ErrNotFound
	}
	err = room.ErrNotFound
	failed := r.db.read(func(c *conn) error {
		o, err2 := c.find(r.row, key)
		if err2 != nil || o == nil {
			return err2
		}
		_, rec, err2 := o.record()
		if err2 != nil {
			return err2
		}
		list, err2 := r.views(c, []found{{place: place{o.clk, key}, rec: rec}})
		if len(list) == 1 {
			m, err = list[0], nil
		}
		return err2
	})
	if failed != nil {
		return m, failed
	}
	return m, err
}

// gatherer reads the records that others need to be shown.
type gatherer struct {
	room    *Room
	conn    *conn
	have    map[wire.RecordID]bool
	ids     []wire.RecordID
	records []*wire.Record
	looked  int // so many of ids were looked at for notes
}

func (g *gatherer) take(id wire.RecordID, rec *wire.Record) {
	if !g.have[id] {
		g.have[id] = true
		g.ids, g.records = append(g.ids, id), append(g.records, rec)
	}
}

// notes reads what is about the records taken since it was last called; of
// those taken by itself only edits can have any that count.
func (g *gatherer) notes(depth int) error {
	from := g.looked
	g.looked = len(g.ids)
	for i := from; i < g.looked; i++ {
		if depth > 0 && g.records[i].Type != wire.RecordEdit {
			continue
		}
		about := g.ids[i]
		err := g.conn.each(func(s *sqlite3.Stmt) error {
			id, rec, err := readStored(s).record()
			if err == nil && rec.Target == about {
				g.take(id, rec)
			}
			return err
		}, `SELECT `+storedColumns+` FROM record r WHERE r.target = ? AND r.room = ?
			ORDER BY r.clk DESC LIMIT ?`, hint(about), g.room.row, maxNotes)
		if err != nil {
			return err
		}
	}
	return nil
}

// cited reads the headers of what the records refer to: it shows whether they
// contradict their author's own past.
func (g *gatherer) cited() error {
	for _, rec := range slices.Clone(g.records) {
		ids := rec.Parents
		if rec.Seq > 1 {
			ids = append([]wire.RecordID{rec.Prev}, ids...)
		}
		for _, id := range ids {
			if g.have[id] {
				continue
			}
			err := g.conn.each(func(s *sqlite3.Stmt) error {
				found, header, err := parse(hint(id), s.ColumnRawBlob(0), nil)
				if err == nil && found == id {
					g.take(id, header)
				}
				return err
			}, "SELECT header FROM record WHERE hint = ? AND room = ?", hint(id), g.room.row)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
