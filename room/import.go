package room

import "gochat/internal/wire"

// Records of a file go the way of those from a link: the same checks, the same
// commit, the same place in the room. Members who are linked hear of them by
// announcements and reconciliation.

// importing is an Import under way.
type importing struct {
	Imported
	left int // on their way into the store
}

// takeFile takes records from a file.
func (e *Engine) takeFile(ev Import) {
	file := &importing{Imported: Imported{Ref: ev.Ref}}
	for _, r := range ev.Records {
		e.takeFiled(file, r, !ev.News)
	}
	e.fileDone(file)
}

func (e *Engine) takeFiled(file *importing, r *wire.Record, repair bool) {
	id := r.ID()
	switch en := e.log.get(id); {
	case en != nil && e.lacksBody(en, r) && r.VerifyBody() == nil:
		in := &incoming{entry: en, record: r, body: true, file: file}
		e.queue = append(e.queue, in)
		file.left++
	case en != nil:
		file.Known++
	case r.Clk < e.floor:
		file.Old++
	case !e.acceptable(id, r) || e.verify(r) != nil:
		file.Refused++
	default:
		if w := e.wants.byHint[id.Hint()]; w != nil {
			e.dropWant(w.hint)
		}
		e.enqueue(id, r, repair).file = file
		file.left++
	}
}

// fileStored notes what became of a record of a file.
func (e *Engine) fileStored(in *incoming, err error) {
	file := in.file
	if file == nil {
		return
	}
	file.left--
	switch {
	case err != nil:
		file.Err = err
	case in.entry.held():
		file.New++
	default:
		file.Refused++
	}
	e.fileDone(file)
}

func (e *Engine) fileDone(file *importing) {
	if file.left == 0 {
		e.act(file.Imported)
	}
}
