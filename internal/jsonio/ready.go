package jsonio

import (
	"encoding/json"
	"errors"
	"slices"
)

// Ready is as much of the first line of a session as readers of it want.
type Ready struct{ rooms []string }

// ParseReady reads a line of a session, which is not ready (nil) for what else
// is told. The error says that the session lets go of its reader, and why.
func ParseReady(line []byte) (*Ready, error) {
	var o struct {
		Type    string
		Code    string
		Message string
		Rooms   []roomFields
	}
	if json.Unmarshal(line, &o) != nil {
		return nil, nil
	}
	switch {
	case o.Type == "error" && (o.Code == CodeBusy || o.Code == CodeSlow):
		return nil, errors.New("the running gochat: " + o.Message)
	case o.Type != "ready":
		return nil, nil
	}
	r := &Ready{rooms: []string{}}
	for _, x := range o.Rooms {
		r.rooms = append(r.rooms, x.Room)
	}
	return r, nil
}

// Names lists the rooms.
func (r *Ready) Names() []string { return r.rooms }

// Lacks is the first of the rooms that the session is not in; "": none.
func (r *Ready) Lacks(rooms []string) string {
	for _, name := range rooms {
		if !slices.Contains(r.rooms, name) {
			return name
		}
	}
	return ""
}

// Remark is what a person is to know who sees nothing else of a session: a
// warning, or how a bootnode is reached; "" for all other lines.
func Remark(line []byte) string {
	var o struct{ Type, Level, Text, State, Address, Reason string }
	if json.Unmarshal(line, &o) != nil {
		return ""
	}
	switch {
	case o.Type == "notice" && o.Level != "info":
		return o.Level + ": " + o.Text
	case o.Type == "bootnode" && o.State == "unreachable":
		return "bootnode " + o.Address + " is unreachable: " + o.Reason
	case o.Type == "bootnode" && o.State == "registered":
		return "bootnode " + o.Address + " answers"
	}
	return ""
}
