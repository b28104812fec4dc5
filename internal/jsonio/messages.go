package jsonio

import (
	"gochat/crypto"
	"gochat/peer"
)

// reactionFields are an element of a message's reactions.
type reactionFields struct {
	Emoji string   `json:"emoji"`
	Count int      `json:"count"`
	Own   bool     `json:"own"`
	Peers []string `json:"peers"`
}

// personFields name somebody.
type personFields struct {
	Peer string `json:"peer"`
	Nick string `json:"nick"`
}

// deliveryFields are an element of a delivery reply, and of an ack's waiting.
type deliveryFields struct {
	personFields
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Mailbox string `json:"mailbox,omitempty"`
	Until   string `json:"until,omitempty"`
}

// holeFields are an element of a holes event and reply.
type holeFields struct {
	Peer    string         `json:"peer,omitempty"`
	Nick    string         `json:"nick,omitempty"`
	Missing uint64         `json:"missing"`
	Holders []personFields `json:"holders"`
}

type filledEvent struct {
	head
	Room  string `json:"room"`
	Count int    `json:"count"`
	Left  int    `json:"left"`
	After string `json:"after"`
	To    string `json:"to"`
}

type holesEvent struct {
	head
	Room  string       `json:"room"`
	Holes []holeFields `json:"holes"`
}

type sameEvent struct {
	head
	Room string `json:"room"`
	personFields
	Answered bool           `json:"answered"`
	Equal    bool           `json:"equal"`
	Ours     uint64         `json:"ours"`
	Theirs   uint64         `json:"theirs"`
	From     string         `json:"from,omitempty"`
	Authors  []personFields `json:"authors,omitempty"`
}

func message(m peer.Message) messageFields {
	out := messageFields{
		ID: m.ID, Room: m.Room, Peer: m.Author.String(), Nick: m.Nick,
		Verified: m.Verified, Impostor: m.Impostor, Kind: "text", Text: m.Text,
		Own: m.Own, Order: m.Order, Sent: timeText(m.Time), Ahead: m.Ahead,
		Delivered: m.Delivered, Of: m.Of, Complete: m.Complete,
		Edited: m.Edited, ReplyTo: m.ReplyTo, Late: m.Late, Gap: m.Gap,
	}
	if m.Kind == peer.Action {
		out.Kind = "action"
	}
	if m.Content != peer.Whole {
		out.Content = m.Content.String()
	}
	for _, x := range m.Reactions {
		out.Reactions = append(out.Reactions, reactionFields{x.Emoji, x.Count, x.Own, keyTexts(x.By)})
	}
	return out
}

func person(p peer.Person) personFields { return personFields{keyText(p.Key), p.Nick} }

func people(list []peer.Person) []personFields {
	out := []personFields{}
	for _, p := range list {
		out = append(out, person(p))
	}
	return out
}

func keyTexts(keys []crypto.PublicKey) (out []string) {
	for _, k := range keys {
		out = append(out, k.String())
	}
	return out
}

func deliveries(list []peer.MemberDelivery) (out []deliveryFields) {
	for _, d := range list {
		x := deliveryFields{personFields: person(d.Person), State: d.State.String(), Reason: d.Reason, Mailbox: d.Mailbox}
		if !d.Until.IsZero() {
			x.Until = timeText(d.Until)
		}
		out = append(out, x)
	}
	return out
}

func holes(list []peer.Hole) []holeFields {
	out := []holeFields{}
	for _, h := range list {
		out = append(out, holeFields{keyText(h.Author.Key), h.Author.Nick, h.Missing, people(h.Holders)})
	}
	return out
}

func same(h head, e peer.Compared) sameEvent {
	out := sameEvent{
		head: h, Room: e.Room, personFields: person(e.Peer), Answered: e.Answered, Equal: e.Equal,
		Ours: e.Ours, Theirs: e.Theirs,
	}
	if !e.From.IsZero() {
		out.From = timeText(e.From)
	}
	if len(e.Authors) > 0 {
		out.Authors = people(e.Authors)
	}
	return out
}
