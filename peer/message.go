package peer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/room"
)

// Kind tells a plain message from an action ("/me waves").
type Kind int

// The kinds of message.
const (
	Text Kind = iota
	Action
)

// Content says whether a message's text is there.
type Content int

// The states of a message's content.
const (
	Whole     Content = iota
	Deleted           // by its author
	Expired           // its time is over
	Lost              // it has not come yet, and is asked for
	Withdrawn         // its author has signed two different pasts; it counts no more
)

// String is the word used in the JSON front.
func (c Content) String() string {
	return [...]string{"whole", "deleted", "expired", "lost", "withdrawn"}[c]
}

// Message is one message of a room, already cleaned.
type Message struct {
	ID       string // 64 hex digits
	Order    string // sorts alike on every member
	Room     string
	Author   crypto.PublicKey
	Nick     string // the author's nick, cleaned, without suffix
	Verified bool   // as in Member
	Impostor bool   // as in Member
	Namesake Namesake
	Ignored  bool // the user ignores its author: no event tells of it, and no page has it
	Kind     Kind
	Content  Content
	Text     string // cleaned; lines end in \n, no trailing newline; "" unless Content is Whole
	Edited   bool   // Text is what its author has made of it since
	ReplyTo  string // id of the message it answers; "": none
	Own      bool
	Time     time.Time // the author's clock
	Ahead    bool      // the author's clock runs ahead; shown early
	Late     bool      // it came long after it was written
	Gap      bool      // something right before it is missing
	// Reactions are the most frequent ones, those first.
	Reactions []Reaction
	// Delivered of Of members have it (own messages only).
	Delivered, Of int
	// Complete: everybody it was meant for had it some time ago, or before a
	// restart; Delivered and Of are not known any more (own messages only).
	Complete bool
}

// Reaction is one emoji that members reacted with.
type Reaction struct {
	Emoji string // cleaned: one character that readers take for one
	Count int
	By    []crypto.PublicKey // the first few of them
	Own   bool               // this member is among all of them
}

// What is shown of the reactions to one message; strangers must not make it
// grow without end.
const (
	maxReactions = 16 // emoji
	maxReactors  = 32 // names for one emoji
)

// message makes a record presentable. ok is false for what is no message, or
// shows nothing.
func (r *Room) message(m room.Message) (out Message, ok bool) {
	out, ok = MessageOf(m, r.name, r.node.Key(), r.person, r.node.Ignored)
	if ok && m.Own && r.isReady() {
		out.Delivered, out.Of = r.engine.DeliveredTo(m.ID)
		out.Complete = !r.engine.Follows(m.ID)
	}
	return out, ok
}

// MessageOf makes a record of a room presentable: this is where remote text is
// cleaned. self is this member, person names the owner of a key, and ignored says
// whose reactions do not count. ok is false for what is no message, or shows nothing.
func MessageOf(
	m room.Message, roomName string, self crypto.PublicKey, person func(crypto.PublicKey) Person, ignored func(crypto.PublicKey) bool,
) (out Message, ok bool) {
	if m.Record.Type != wire.RecordText {
		return Message{}, false
	}
	rec := m.Record
	author := person(rec.Author)
	out = Message{
		ID: m.ID.String(), Order: m.Order, Room: roomName, Author: rec.Author,
		Nick: author.Nick, Verified: author.Verified, Impostor: author.Impostor, Namesake: author.Namesake, Ignored: author.Ignored,
		Content: Content(m.Content), Text: clean(m.Text), Edited: !m.Edited.IsZero(), Own: m.Own,
		Time: time.UnixMilli(int64(rec.Clk)), Ahead: m.Ahead, Late: m.Late, Gap: m.Gap,
		Reactions: reactions(m.Reactions, self, ignored),
	}
	if k := rec.Field(wire.FieldKind); len(k) == 1 && k[0] == wire.KindAction {
		out.Kind = Action
	}
	if !m.ReplyTo.IsZero() {
		out.ReplyTo = m.ReplyTo.String()
	}
	if out.Edited && out.Content == Lost {
		out.Content = Whole // the edit's text is all there is to show
	}
	if out.Content != Whole {
		out.Text = ""
	}
	return out, out.Content != Whole || out.Edited || readable(out.Text)
}

// reactions cleans the reactions to a message and joins those that look alike.
// Those of people who are ignored do not count.
func reactions(raw []room.Reaction, self crypto.PublicKey, ignored func(crypto.PublicKey) bool) (out []Reaction) {
	by := map[string][]crypto.PublicKey{}
	for _, x := range raw {
		emoji, ok := text.CleanEmoji(x.Emoji)
		if keys := slices.DeleteFunc(slices.Clone(x.By), ignored); ok && len(keys) > 0 {
			by[emoji] = append(by[emoji], keys...)
		}
	}
	for emoji, keys := range by {
		slices.SortFunc(keys, crypto.PublicKey.Compare)
		keys = slices.Compact(keys)
		out = append(out, Reaction{
			Emoji: emoji, Count: len(keys), By: slices.Clone(keys[:min(len(keys), maxReactors)]),
			Own: slices.Contains(keys, self),
		})
	}
	slices.SortFunc(out, func(a, b Reaction) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Emoji, b.Emoji))
	})
	return out[:min(len(out), maxReactions)]
}

// clean makes a record's text safe to show. It cuts nothing of a text that Send
// takes.
func clean(raw []byte) string { return text.Clean(string(raw), text.MaxGrowth*room.MaxText) }

// readable reports whether cleaned text shows anything.
func readable(s string) bool { return strings.TrimSpace(s) != "" }

// Person is somebody to be named: a member, or an author who need not be here.
type Person struct {
	Key      crypto.PublicKey
	Nick     string // as in Member
	Verified bool
	Impostor bool
	Namesake Namesake
	Ignored  bool
	Own      bool // this member
}

// person names the owner of a key.
func (r *Room) person(key crypto.PublicKey) Person {
	if key == r.node.Key() {
		return Person{Key: key, Nick: r.node.nick, Own: true}
	}
	nick := r.claimedNick(key)
	r.pin(nick, key)
	s := r.node.standing(nick, key)
	return Person{Key: key, Nick: s.nick, Impostor: s.impostor, Namesake: s.namesake, Verified: r.node.cfg.Names.Verified(key), Ignored: r.node.Ignored(key)}
}

func (r *Room) people(keys []crypto.PublicKey) []Person {
	out := make([]Person, 0, len(keys))
	for _, k := range keys {
		out = append(out, r.person(k))
	}
	return out
}

// People names the owners of keys.
func (r *Room) People(keys ...crypto.PublicKey) (out []Person) {
	_ = r.node.do(func(time.Time) { out = r.people(keys) })
	return out
}
