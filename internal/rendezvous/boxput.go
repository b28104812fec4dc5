package rendezvous

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// boxPut is an object on its way into a box.
type boxPut struct {
	ref      uint64
	box      crypto.BoxID
	object   []byte
	item     crypto.BoxItemID
	transfer uint32 // 0: not begun
	parts    []piece
	wholeAt  time.Time // when the last part was answered
	idleTill time.Time // after BUSY
	busy     int
}

func (c *Client) deposit(e Deposit) {
	b := &c.box
	switch {
	case len(e.Object) == 0 || len(e.Object) > wire.MaxBoxObject:
		c.out = append(c.out, Deposited{e.Ref, wire.BoxTooLarge, 0})
	case b.known && !b.on:
		c.out = append(c.out, Deposited{e.Ref, wire.BoxOff, 0})
	default:
		b.puts = append(b.puts, &boxPut{ref: e.Ref, box: e.Box, object: e.Object, item: crypto.NewBoxItemID(e.Object)})
	}
}

// restartPut has an object sent anew, under another number: what the bootnode
// has of it may be gone.
func (c *Client) restartPut(p *boxPut) {
	p.transfer, p.parts, p.wholeAt = 0, nil, time.Time{}
}

func (c *Client) tickPuts(now time.Time) {
	for _, p := range c.box.puts[:min(len(c.box.puts), boxPuts)] {
		if now.Before(p.idleTill) {
			continue
		}
		if !p.wholeAt.IsZero() && !now.Before(p.wholeAt.Add(boxAnew)) {
			c.restartPut(p)
		}
		if p.transfer == 0 {
			c.box.transfer++
			p.transfer, p.parts = c.box.transfer, make([]piece, wire.BoxParts(len(p.object)))
		}
		sendPieces(now, p.parts, func(i int) {
			c.sendFrame(wire.TypeBoxPut, wire.NewBoxPut(p.transfer, p.box, p.item, p.object, i).Append(nil))
		})
	}
}

func (p *boxPut) deadline() time.Time {
	if !p.idleTill.IsZero() && p.transfer == 0 {
		return p.idleTill
	}
	at := piecesDue(p.parts)
	if !p.wholeAt.IsZero() {
		at = earliest(at, p.wholeAt.Add(boxAnew))
	}
	return at
}

func (c *Client) onPutAck(now time.Time, f wire.BoxPutAck) {
	b := &c.box
	i := slices.IndexFunc(b.puts, func(p *boxPut) bool { return p.transfer == f.Transfer && p.transfer != 0 })
	if i < 0 || int(f.Part) >= len(b.puts[i].parts) {
		return
	}
	c.boxIs(f.Status != wire.BoxOff, f.Keep)
	if f.Status == wire.BoxOff {
		return // all are answered
	}
	p := b.puts[i]
	switch f.Status {
	case wire.BoxPartial:
		p.parts[f.Part].ok = true
		if !slices.ContainsFunc(p.parts, func(x piece) bool { return !x.ok }) && p.wholeAt.IsZero() {
			p.wholeAt = now
		}
	case wire.BoxBusy:
		c.restartPut(p)
		p.idleTill = now.Add(c.jitter(min(boxBusy<<min(p.busy, 8), maxBoxBusy)))
		p.busy++
	default:
		b.puts = slices.Delete(b.puts, i, i+1)
		c.out = append(c.out, Deposited{p.ref, f.Status, f.Keep})
	}
}
