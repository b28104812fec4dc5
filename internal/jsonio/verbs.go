package jsonio

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

func send(r front.Room, c command) reply {
	kind := peer.Text
	switch c.Kind {
	case "", "text":
	case "action":
		kind = peer.Action
	default:
		return refused(codeBadCommand, "kind must be text or action")
	}
	switch {
	case c.TTL != nil && c.ReplyTo != "":
		return refused(codeBadCommand, "ttl and reply_to do not go together")
	case c.TTL != nil:
		life := *c.TTL
		if !(life >= 0 && life <= peer.MaxLife.Seconds()+1) {
			life = 0
		}
		return written(r.SendFor(time.Duration(life*float64(time.Second)), kind, c.Text))
	case c.ReplyTo != "":
		return written(r.Reply(c.ReplyTo, kind, c.Text))
	}
	return written(r.Send(kind, c.Text))
}

// change edits, deletes or reacts to a message.
func change(r front.Room, c command) reply {
	switch c.Cmd {
	case "edit":
		return written(r.Edit(c.MessageID, c.Text))
	case "delete":
		return written(r.Delete(c.MessageID))
	default:
		return written(r.React(c.MessageID, c.Emoji, c.Retract))
	}
}

// written answers a command that writes something.
func written(id string, err error) reply {
	if err == nil {
		return reply{OK: true, MessageID: id}
	}
	for _, x := range []struct {
		err  error
		code string
	}{
		{peer.ErrEmpty, codeEmpty}, {peer.ErrLife, codeBadCommand}, {peer.ErrTooLong, codeTooLong}, {peer.ErrGone, codeNotFound},
		{peer.ErrNotOwn, codeNotOwn}, {peer.ErrDeleted, codeDeleted}, {peer.ErrEmoji, codeBadEmoji},
	} {
		if errors.Is(err, x.err) {
			return refused(x.code, err.Error())
		}
	}
	return refused(codeNotSent, err.Error())
}

// history answers history and search.
func history(r front.Room, c command) reply {
	limit := defaultHistory
	if c.Limit != nil {
		limit = *c.Limit
	}
	if limit < 1 || limit > MaxHistory {
		return refused(codeBadCommand, fmt.Sprintf("limit must be 1 to %d", MaxHistory))
	}
	if c.Cmd == "search" {
		found, err := r.Search(c.Text, limit)
		if err != nil {
			return refused(codeNotFound, err.Error())
		}
		return listed(found)
	}
	for _, order := range []string{c.Before, c.After} {
		if len(order) > maxOrder || strings.Trim(order, "0123456789abcdef") != "" {
			return refused(codeBadCommand, "before and after are the order of a message, as it was told")
		}
	}
	var page []peer.Message
	switch {
	case c.Before != "" && c.After != "":
		return refused(codeBadCommand, "give before or after, not both")
	case c.Before != "":
		page = r.HistoryBefore(c.Before, limit)
	case c.After != "":
		page = r.HistoryAfter(c.After, limit)
	default:
		page = r.History(limit)
	}
	return listed(page)
}

func listed(page []peer.Message) reply {
	list := []messageFields{}
	for _, m := range page {
		list = append(list, message(m))
	}
	return reply{OK: true, Messages: &list}
}

// delivery tells how far a message is with each member.
func delivery(r front.Room, c command) reply {
	m, ok := r.View(c.MessageID)
	switch {
	case !ok:
		return refused(codeNotFound, peer.ErrGone.Error())
	case !m.Own:
		return refused(codeNotOwn, "that message is not yours; only its author follows who has it")
	}
	list := deliveries(r.DeliveryOf(c.MessageID))
	if list == nil {
		list = []deliveryFields{}
	}
	return reply{OK: true, Delivery: &list, Delivered: &m.Delivered, Of: &m.Of}
}
