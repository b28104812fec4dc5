package bootnode

import (
	"math"

	"gochat/internal/wire"
)

// boxGet deletes what a member is done with and lists its box. Whose box it is,
// the secret shows: nobody can list or empty another's.
func (d *Directory) boxGet(m *member, body []byte) {
	f, err := wire.ParseBoxGet(body)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	if d.mail == nil {
		d.page(m, wire.BoxPage{Request: f.Request, Status: wire.BoxOff})
		return
	}
	if !d.mayMail(m, 0, 1+len(f.Done)/mailDones) {
		d.drop(DropMailRate)
		return
	}
	req := MailRequest{Op: MailList, Secret: f.Secret, After: f.After, Done: f.Done}
	q := question{session: m.id, request: f.Request}
	q.charge, req.Admit = d.mayOpen(m)
	if !d.ask(req, q) {
		q.charge.giveBack()
		d.page(m, wire.BoxPage{Request: f.Request, Status: wire.BoxBusy})
	}
}

func (d *Directory) listDone(q question, a *MailAnswer) {
	m := d.sessions[q.session]
	if m == nil {
		return
	}
	d.listed(m, a.Entries)
	d.page(m, wire.BoxPage{
		Request: q.request, Status: a.Status, Entries: a.Entries[:min(len(a.Entries), wire.MaxBoxPage)],
		Left: uint16(min(a.Left, math.MaxUint16)),
	})
}

func (d *Directory) page(m *member, p wire.BoxPage) {
	if d.mail != nil {
		p.Keep = d.mail.keep
	}
	d.body = p.Append(d.body[:0])
	d.send(m, wire.TypeBoxPage, d.body)
}

// boxFetch sends a part of an object. The object is read once for all its
// parts.
func (d *Directory) boxFetch(m *member, body []byte) {
	f, err := wire.ParseBoxFetch(body)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	if d.mail == nil || !d.mayMail(m, wire.BoxPart, 0) {
		d.drop(DropMailRate) // unanswered: it comes again
		return
	}
	r := d.mail
	k := itemKey{f.Secret.ID(), f.Seq}
	it := r.items[k]
	if it != nil && it.loaded {
		d.sendItem(m, f.Seq, it.data, f.Part)
		return
	}
	if it == nil {
		if !d.mayMail(m, 0, 1) { // there may be nothing to read
			d.drop(DropMailRate)
			return
		}
		if !d.ask(MailRequest{Op: MailRead, Secret: f.Secret, Seq: k.seq}, question{session: m.id, item: k}) {
			return
		}
		it = &item{until: d.now + mailItemLife}
		r.items[k] = it
		r.itemAge = append(r.itemAge, k)
	}
	if len(it.waiting) < mailWaiters {
		it.waiting = append(it.waiting, waiter{m.id, f.Part})
	}
}

func (d *Directory) readDone(q question, a *MailAnswer) {
	it := d.mail.items[q.item]
	if it == nil || it.loaded {
		return // it took too long; they asked again
	}
	if a.Status == wire.BoxBusy {
		d.mail.unread(q.item) // they ask again
		return
	}
	it.data, it.loaded = a.Object, true
	d.mail.read += len(it.data)
	for _, w := range it.waiting {
		if m := d.sessions[w.session]; m != nil {
			d.sendItem(m, q.item.seq, it.data, w.part)
		}
	}
	it.waiting = nil
	for d.mail.read > mailReading && len(d.mail.itemAge) > 0 {
		d.mail.forget()
	}
}

func (d *Directory) sendItem(m *member, seq uint64, object []byte, part uint16) {
	f := wire.BoxItem{Seq: seq}
	if data := wire.BoxPartOf(object, int(part)); data != nil {
		f = wire.BoxItem{Seq: seq, Size: uint32(len(object)), Part: part, Data: data}
	}
	d.body = f.Append(d.body[:0])
	d.send(m, wire.TypeBoxItem, d.body)
}

// boxFrame reports whether a frame is the mailbox's, and handles it.
func (d *Directory) boxFrame(m *member, kind wire.RendezvousType, body []byte) bool {
	switch kind {
	case wire.TypeBoxPut:
		d.boxPut(m, body)
	case wire.TypeBoxGet:
		d.boxGet(m, body)
	case wire.TypeBoxFetch:
		d.boxFetch(m, body)
	default:
		return false
	}
	return true
}
