package proc

import (
	"bytes"
	"encoding/json"
	"time"
)

// Event is one line of a process's standard output.
type Event struct {
	Raw json.RawMessage // without the line's end
	At  time.Time       // when the test read it

	fields map[string]any
}

// Type is the event's type, such as "message".
func (e Event) Type() string { return e.String("type") }

// String is a text field; "" if it is missing or something else.
func (e Event) String(field string) string {
	s, _ := e.fields[field].(string)
	return s
}

// Bool is a truth value; false if it is missing or something else.
func (e Event) Bool(field string) bool {
	b, _ := e.fields[field].(bool)
	return b
}

// Number is a number; 0 if it is missing or something else.
func (e Event) Number(field string) float64 {
	n, _ := e.fields[field].(float64)
	return n
}

// Fields is an object; nil if the field is missing or something else.
func (e Event) Fields(field string) map[string]any {
	m, _ := e.fields[field].(map[string]any)
	return m
}

// List is an array of objects; nil if the field is missing or something else.
func (e Event) List(field string) (list []map[string]any) {
	array, _ := e.fields[field].([]any)
	for _, x := range array {
		m, _ := x.(map[string]any)
		list = append(list, m)
	}
	return list
}

// Has tells whether the field is there.
func (e Event) Has(field string) bool {
	_, ok := e.fields[field]
	return ok
}

// Line matches a line that contains the text; for processes of StartText.
func Line(text string) func(Event) bool {
	return func(e Event) bool { return bytes.Contains(e.Raw, []byte(text)) }
}

// Ready matches the event that says input is accepted.
func Ready(e Event) bool { return e.Type() == "ready" }

// Complaint is a notice that something is not as it should be.
func Complaint(e Event) bool { return e.Type() == "notice" && e.String("level") != "info" }

// Registered matches the event that says a bootnode knows us.
func Registered(e Event) bool {
	return e.Type() == "bootnode" && e.String("state") == "registered"
}

// Joined matches a member whose link is up, by whatever path.
func Joined(e Event) bool { return e.Type() == "peer" && e.String("state") == "joined" }

// JoinedBy matches a joined member on the given path, "direct" or "relay".
func JoinedBy(path string) func(Event) bool {
	return func(e Event) bool { return Joined(e) && e.String("path") == path }
}

// JoinedAs matches a joined member with the given public key.
func JoinedAs(peer string) func(Event) bool {
	return func(e Event) bool { return Joined(e) && e.String("peer") == peer }
}

// Left matches a member with the given public key that is gone.
func Left(peer string) func(Event) bool {
	return func(e Event) bool {
		return e.Type() == "peer" && e.String("state") == "left" && e.String("peer") == peer
	}
}

// Message matches a message of another member with the given text.
func Message(text string) func(Event) bool {
	return func(e Event) bool {
		return e.Type() == "message" && !e.Bool("own") && e.String("text") == text
	}
}

// AnyMessage matches every message of another member.
func AnyMessage(e Event) bool { return e.Type() == "message" && !e.Bool("own") }

// Acked matches the acknowledgement after which every member has a message.
func Acked(messageID string) func(Event) bool {
	return func(e Event) bool {
		return e.Type() == "ack" && e.String("id") == messageID && e.Number("of") > 0 && e.Number("delivered") == e.Number("of")
	}
}

// Strings is an array of texts; nil if the field is missing or something else.
func (e Event) Strings(field string) (list []string) {
	array, _ := e.fields[field].([]any)
	for _, x := range array {
		s, _ := x.(string)
		list = append(list, s)
	}
	return list
}
