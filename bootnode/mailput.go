package bootnode

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// ask hands a request to the Mail; false: too many are under way.
func (d *Directory) ask(req MailRequest, q question) bool {
	r := d.mail
	if len(r.questions) >= mailQuestions {
		return false
	}
	r.ref++
	req.Ref, q.op, q.until = r.ref, req.Op, d.now+mailQuestionLife
	r.questions[req.Ref] = q
	r.questionAge = append(r.questionAge, req.Ref)
	d.out = append(d.out, Action{Mail: &req})
	return true
}

// answered takes an answer of the Mail. What came too late only settles what the
// member's network pays: the member has asked again.
func (d *Directory) answered(a *MailAnswer) {
	if d.mail == nil {
		return
	}
	q, ok := d.mail.questions[a.Ref]
	if !ok {
		d.mail.tooLate(a)
		return
	}
	delete(d.mail.questions, a.Ref)
	if !a.used(q.op) {
		q.charge.giveBack()
	}
	switch q.op {
	case MailPut:
		d.putDone(q, a)
	case MailList:
		d.listDone(q, a)
	case MailRead:
		d.readDone(q, a)
	}
}

// boxPut takes a part of an object.
func (d *Directory) boxPut(m *member, body []byte) {
	f, err := wire.ParseBoxPut(body)
	if err != nil {
		d.drop(DropMalformed)
		return
	}
	if d.mail == nil {
		d.putAck(m, f.Transfer, f.Part, wire.BoxOff)
		return
	}
	if !d.mayMail(m, len(f.Data), 0) {
		d.drop(DropMailRate)
		return
	}
	k := postKey{m.id, f.Transfer}
	p := d.mail.posts[k]
	if p == nil {
		var refused wire.BoxStatus
		if p, refused = d.newPost(m, k, &f); p == nil {
			d.putAck(m, f.Transfer, f.Part, refused)
			return
		}
	}
	switch {
	case p.box != f.Box || p.item != f.Item || p.size != f.Size:
		d.drop(DropMalformed) // another object under a number in use
	case p.settled:
		d.putAck(m, f.Transfer, f.Part, p.status)
	case p.missing == 0: // being stored
		if f.Part != p.part {
			d.putAck(m, f.Transfer, f.Part, wire.BoxPartial)
		}
	default:
		d.putPart(m, k, p, &f)
	}
}

// newPost begins an object, or says why not. Of what is busy nothing is
// remembered: the member begins anew.
func (d *Directory) newPost(m *member, k postKey, f *wire.BoxPut) (*post, wire.BoxStatus) {
	r := d.mail
	if len(r.posts) >= mailPosts || r.bytes+int(f.Size) > mailAssembling {
		return nil, wire.BoxBusy
	}
	from := networkOf(m.addr.Addr())
	if s := r.perNetwork[from]; !d.exemptMail(m) && (s.posts >= mailPosts/mailShares || s.bytes+int(f.Size) > mailAssembling/mailShares) {
		return nil, wire.BoxBusy
	}
	if u := r.perMember[m.id]; u != nil && (u.open >= mailOpen || u.posts >= mailMemberPosts) {
		return nil, wire.BoxBusy
	}
	if !d.mayMail(m, 0, 1) {
		d.drop(DropMailRate)
		return nil, wire.BoxBusy
	}
	parts := wire.BoxParts(int(f.Size))
	p := &post{
		from: from, box: f.Box, item: f.Item, size: f.Size, data: make([]byte, f.Size),
		here: make([]bool, parts), missing: parts, until: d.now + mailPostLife,
	}
	r.posts[k] = p
	r.postAge = append(r.postAge, k)
	r.bytes += int(f.Size)
	r.share(from, 1, int(f.Size))
	u := r.use(m.id)
	u.open++
	u.posts++
	return p, wire.BoxOK
}

func (d *Directory) putPart(m *member, k postKey, p *post, f *wire.BoxPut) {
	if !p.here[f.Part] {
		p.here[f.Part] = true
		p.missing--
		copy(p.data[int(f.Part)*wire.BoxPart:], f.Data)
	}
	if p.missing > 0 {
		d.putAck(m, f.Transfer, f.Part, wire.BoxPartial)
		return
	}
	p.part = f.Part
	if crypto.NewBoxItemID(p.data) != p.item {
		d.mail.settle(k, p, wire.BoxTooLarge) // no honest sender's: it is not to try again
		d.drop(DropMalformed)
		return
	}
	charge, may := d.mayDeposit(m, len(p.data))
	if !may {
		d.mail.settle(k, p, wire.BoxNoSpace)
		d.stats.MailRefused++
		d.putAck(m, f.Transfer, f.Part, wire.BoxNoSpace)
		return
	}
	if !d.ask(MailRequest{Op: MailPut, Box: p.box, Item: p.item, Object: p.data}, question{session: m.id, put: k, charge: charge}) {
		charge.giveBack()
		d.mail.unpost(k)
		d.putAck(m, f.Transfer, f.Part, wire.BoxBusy)
		return
	}
	p.data = nil // the Mail's now
}

// putDone tells what became of an object.
func (d *Directory) putDone(q question, a *MailAnswer) {
	p := d.mail.posts[q.put]
	if p == nil {
		return
	}
	d.mail.settle(q.put, p, a.Status)
	switch a.Status {
	case wire.BoxOK:
		d.stats.MailStored++
	case wire.BoxFull, wire.BoxNoSpace, wire.BoxUnknown:
		d.stats.MailRefused++
	case wire.BoxBusy:
		d.mail.unpost(q.put)
	}
	if m := d.sessions[q.session]; m != nil {
		d.putAck(m, q.put.transfer, p.part, a.Status)
	}
}

func (d *Directory) putAck(m *member, transfer uint32, part uint16, s wire.BoxStatus) {
	ack := wire.BoxPutAck{Transfer: transfer, Part: part, Status: s}
	if d.mail != nil {
		ack.Keep = d.mail.keep
	}
	d.body = ack.Append(d.body[:0])
	d.send(m, wire.TypeBoxPutAck, d.body)
}

// mayMail takes so many bytes and requests from what a member may use.
func (d *Directory) mayMail(m *member, bytes, requests int) bool {
	if d.exemptMail(m) {
		return true
	}
	p := m.keep()
	return mailBytes.take(&p.mailBytes, d.now, bytes) && mailRequests.take(&p.mailRequests, d.now, requests)
}

// listed charges a member for what was read to list its box: whole objects.
func (d *Directory) listed(m *member, entries []wire.BoxEntry) {
	bytes := 0
	for _, e := range entries {
		bytes += int(e.Size)
	}
	if bytes >= mailListed && !d.exemptMail(m) {
		m.keep().mailRequests.owe(d.now, mailRequests.duration(bytes/mailListed))
	}
}
