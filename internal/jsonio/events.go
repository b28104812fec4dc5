package jsonio

import (
	"encoding/json"
	"math"
	"time"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// Version is the number every output object bears. A field or type may be
// added under one version; none changes its meaning or goes away.
const Version = 1

// timeFormat is RFC 3339 in UTC with milliseconds, always of one length.
const timeFormat = "2006-01-02T15:04:05.000Z"

// head begins every output object.
type head struct {
	V    int    `json:"v"`
	Type string `json:"type"`
	Time string `json:"time"`
}

type readyEvent struct {
	head
	Nick string `json:"nick"`
	Key  string `json:"key"`
	roomFields
	Rooms []roomFields `json:"rooms"`

	// What events told of before who comes late was there.
	Peers     []roomMember    `json:"peers,omitempty"`
	Bootnodes []bootnodeState `json:"bootnodes,omitempty"`
}

// roomFields say which room it is.
type roomFields struct {
	Room     string `json:"room"`
	Private  bool   `json:"private"`
	RoomWord string `json:"room_word"`

	Direct  bool     `json:"direct,omitempty"`
	Members []string `json:"members,omitempty"`

	Muted string `json:"muted,omitempty"`
}

type roomEvent struct {
	head
	Room     string `json:"room"`
	State    string `json:"state"`
	Private  *bool  `json:"private,omitempty"`
	RoomWord string `json:"room_word,omitempty"`

	Direct  bool     `json:"direct,omitempty"`
	Members []string `json:"members,omitempty"`
	Ignored bool     `json:"ignored,omitempty"`
}

type peerEvent struct {
	head
	roomMember
}

// roomMember is a member of one room.
type roomMember struct {
	Room string `json:"room"`
	memberFields
}

// memberFields are also an element of a peers reply.
type memberFields struct {
	Peer     string  `json:"peer"`
	Nick     string  `json:"nick"`
	State    string  `json:"state"`
	Path     string  `json:"path"`
	Via      string  `json:"via,omitempty"`
	RTT      float64 `json:"rtt_ms"`
	Address  string  `json:"address,omitempty"`
	Reason   string  `json:"reason,omitempty"`
	Verified bool    `json:"verified"`
	Impostor bool    `json:"impostor"`
	Inviter  bool    `json:"inviter,omitempty"`

	Claims  string `json:"claims,omitempty"`
	Ignored bool   `json:"ignored,omitempty"`
	Away    bool   `json:"away,omitempty"`
	Status  string `json:"status,omitempty"`
}

type messageEvent struct {
	head
	messageFields
}

// messageFields are also an element of a history reply.
type messageFields struct {
	ID        string `json:"id"`
	Room      string `json:"room"`
	Peer      string `json:"peer"`
	Nick      string `json:"nick"`
	Verified  bool   `json:"verified"`
	Impostor  bool   `json:"impostor"`
	Kind      string `json:"kind"`
	Text      string `json:"text"`
	Own       bool   `json:"own"`
	Order     string `json:"order"`
	Sent      string `json:"sent"`
	Ahead     bool   `json:"ahead,omitempty"`
	Delivered int    `json:"delivered,omitempty"`
	Of        int    `json:"of,omitempty"`
	Complete  bool   `json:"complete,omitempty"`

	Content   string           `json:"content,omitempty"` // absent if the text is there
	Edited    bool             `json:"edited,omitempty"`
	ReplyTo   string           `json:"reply_to,omitempty"`
	Late      bool             `json:"late,omitempty"`
	Gap       bool             `json:"gap,omitempty"`
	Reactions []reactionFields `json:"reactions,omitempty"`
}

type ackEvent struct {
	head
	ID        string `json:"id"`
	Room      string `json:"room"`
	Peer      string `json:"peer,omitempty"`
	Delivered int    `json:"delivered"`
	Of        int    `json:"of"`

	Waiting []deliveryFields `json:"waiting,omitempty"`
}

type bootnodeEvent struct {
	head
	bootnodeState
}

// bootnodeState is how a bootnode is reached.
type bootnodeState struct {
	State    string `json:"state"`
	Address  string `json:"address"`
	Embedded bool   `json:"embedded"`
	Via      string `json:"via,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// keptEvent says where a message waits for a member who is away.
type keptEvent struct {
	head
	ID      string  `json:"id"`
	Room    string  `json:"room"`
	Peer    string  `json:"peer"`
	Nick    string  `json:"nick"`
	Mailbox string  `json:"mailbox"`
	Keep    float64 `json:"keep_s,omitempty"`
}

// typingEvent says that somebody began to write, or stopped.
type typingEvent struct {
	head
	Room string `json:"room"`
	Peer string `json:"peer"`
	Nick string `json:"nick"`
	On   bool   `json:"on"`
}

type errorEvent struct {
	head
	Code    string `json:"code"`
	Message string `json:"message"`
}

type noticeEvent struct {
	head
	Level string `json:"level"`
	Code  string `json:"code"`
	Text  string `json:"text"`
	Room  string `json:"room,omitempty"`
}

// reply answers one command. Which of the fields after Error it has depends
// on the command.
type reply struct {
	head
	ID    json.RawMessage `json:"id,omitempty"`
	OK    bool            `json:"ok"`
	Error *fault          `json:"error,omitempty"`

	MessageID string           `json:"message_id,omitempty"` // send, edit, delete, react
	Peers     *[]memberFields  `json:"peers,omitempty"`      // peers
	Messages  *[]messageFields `json:"messages,omitempty"`   // history
	Nick      string           `json:"nick,omitempty"`       // nick, whoami
	Key       string           `json:"key,omitempty"`        // whoami
	Room      string           `json:"room,omitempty"`       // whoami, join, msg
	Private   *bool            `json:"private,omitempty"`    // whoami, join
	RoomWord  string           `json:"room_word,omitempty"`  // whoami, join
	Rooms     *[]roomFields    `json:"rooms,omitempty"`      // rooms, whoami
	Direct    bool             `json:"direct,omitempty"`     // whoami, join, msg
	Members   []string         `json:"members,omitempty"`    // whoami, join, msg
	Imported  *importedFields  `json:"imported,omitempty"`   // import

	Peer     string   `json:"peer,omitempty"`     // verify, verified, unverify
	Words    []string `json:"words,omitempty"`    // verify
	Verified *bool    `json:"verified,omitempty"` // verify, verified, unverify

	Invite    string           `json:"invite,omitempty"`    // invite
	Reach     string           `json:"reach,omitempty"`     // invite
	Unpinned  []string         `json:"unpinned,omitempty"`  // invite
	Tokenless bool             `json:"tokenless,omitempty"` // invite
	Ignored   *[]personFields  `json:"ignored,omitempty"`   // ignore, unignore, ignored
	Requests  *[]requestFields `json:"requests,omitempty"`  // requests
	Muted     string           `json:"muted,omitempty"`     // mute, unmute
	Away      bool             `json:"away,omitempty"`      // away, whoami
	Status    string           `json:"status,omitempty"`    // away, whoami

	Doctor  *doctorFields  `json:"doctor,omitempty"`  // doctor
	Exposed *exposedFields `json:"exposed,omitempty"` // exposed

	Holes     *[]holeFields     `json:"holes,omitempty"`     // holes
	Delivery  *[]deliveryFields `json:"delivery,omitempty"`  // delivery
	Delivered *int              `json:"delivered,omitempty"` // delivery
	Of        *int              `json:"of,omitempty"`        // delivery
	Records   *int              `json:"records,omitempty"`   // same
	Digest    string            `json:"digest,omitempty"`    // same
	Asked     *int              `json:"asked,omitempty"`     // same
}

// fault says why a command was not done.
type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// output turns an event into its object. ok is false for what this front
// does not tell: members that are only announced.
func output(sess front.Session, e peer.Event, at func(kind string) head) (object any, ok bool) {
	switch e := e.(type) {
	case peer.RoomChanged:
		o := roomEvent{head: at("room"), Room: e.Room, State: e.State.String(), Direct: e.Direct, Ignored: e.Ignored}
		if r := front.Find(sess, e.Room); r != nil && e.State == peer.RoomJoined {
			private := r.Private()
			o.Private, o.RoomWord, o.Members = &private, r.Word(), keyTexts(r.Between())
		}
		return o, true
	case peer.MemberChanged:
		return peerEvent{at("peer"), roomMember{e.Room, member(e.Member)}}, e.State != peer.Connecting
	case peer.MessageEvent:
		return messageEvent{at("message"), message(e.Message)}, true
	case peer.MessageChanged:
		return messageEvent{at("changed"), message(e.Message)}, true
	case peer.Delivered:
		return ackEvent{at("ack"), e.ID, e.Room, keyText(e.Peer), e.Delivered, e.Of, deliveries(e.Waiting)}, true
	case peer.Kept:
		return keptEvent{at("kept"), e.ID, e.Room, keyText(e.For.Key), e.For.Nick, e.Mailbox, e.Keep.Seconds()}, true
	case peer.HistoryFilled:
		return filledEvent{at("filled"), e.Room, e.Count, e.Left, e.After, e.To}, true
	case peer.HolesChanged:
		return holesEvent{at("holes"), e.Room, holes(e.Holes)}, true
	case peer.Compared:
		return same(at("same"), e), true
	case peer.Typing:
		return typingEvent{at("typing"), e.Room, e.Key.String(), e.Nick, e.On}, true
	case peer.BootnodeChanged:
		return bootnodeEvent{at("bootnode"), bootnodeState{e.State.String(), e.Address, e.Embedded, e.Via.String(), e.Reason}}, true
	case peer.IgnoreChanged:
		return ignoreEvent{at("ignore"), person(e.Person), e.Ignored}, true
	case peer.Notice:
		return noticeEvent{at("notice"), levelWord(e.Level), e.Code, e.Text, e.Room}, true
	}
	return nil, false
}

// situation is who is here, and how the bootnodes are reached.
func situation(sess front.Session) (peers []roomMember, bootnodes []bootnodeState) {
	for _, r := range sess.Rooms() {
		for _, m := range r.Members() {
			if m.State != peer.Connecting {
				peers = append(peers, roomMember{r.Name(), member(m)})
			}
		}
	}
	if _, shared := sess.(front.Shared); !shared {
		return peers, nil // it has just begun: they are told of as they answer
	}
	for _, b := range sess.Diagnose().Bootnodes {
		bootnodes = append(bootnodes, bootnodeState{b.State.String(), b.Address, b.Embedded, b.Via.String(), b.Reason})
	}
	return peers, bootnodes
}

func room(r front.Room) roomFields {
	members := keyTexts(r.Between())
	return roomFields{r.Name(), r.Private(), r.Word(), members != nil, members, r.Muted().String()}
}

// roomList are the fields of all rooms, the first joined first.
func roomList(sess front.Session) []roomFields {
	list := []roomFields{}
	for _, r := range sess.Rooms() {
		list = append(list, room(r))
	}
	return list
}

func member(m peer.Member) memberFields {
	return memberFields{
		Peer: m.Key.String(), Nick: m.Nick, State: m.State.String(), Path: m.Path.String(), Via: m.Via.String(),
		RTT: milliseconds(m.RTT), Address: m.Address, Reason: m.Reason,
		Verified: m.Verified, Impostor: m.Impostor, Inviter: m.Inviter,
		Claims: m.Claims, Ignored: m.Ignored, Away: m.Away, Status: m.Status,
	}
}

func keyText(k crypto.PublicKey) string {
	if k.IsZero() {
		return ""
	}
	return k.String()
}

func levelWord(l peer.Level) string {
	return [...]string{"info", "warning", "error"}[l]
}

// milliseconds is d with one decimal place, never 0 for a measured time.
func milliseconds(d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return max(0.1, math.Round(float64(d)/float64(100*time.Microsecond))/10)
}

func timeText(t time.Time) string { return t.UTC().Format(timeFormat) }
