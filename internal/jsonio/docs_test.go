package jsonio

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	heading = regexp.MustCompile("^###? (?:`([a-z]+)`|(.+))$")
	row     = regexp.MustCompile("^\\| `([a-z0-9_]+)` \\|")
)

// documented reads the tables of docs/EVENTS.md: first column by heading.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/EVENTS.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, section := map[string][]string{}, ""
	for line := range strings.Lines(string(doc)) {
		line = strings.TrimSpace(line)
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1] + m[2]
		} else if m := row.FindStringSubmatch(line); m != nil {
			tables[section] = append(tables[section], m[1])
		}
	}
	return tables
}

// fields are the JSON names of a struct, those of head left out.
func fields(v any) (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "v" || n == "type" || n == "time" })
}

func TestDocsListEveryField(t *testing.T) {
	tables := documented(t)
	for section, v := range map[string]any{
		"ready": readyEvent{}, "room": roomEvent{}, "peer": peerEvent{}, "message": messageEvent{}, "ack": ackEvent{},
		"filled": filledEvent{}, "holes": holesEvent{}, "same": sameEvent{}, "typing": typingEvent{}, "bootnode": bootnodeEvent{}, "notice": noticeEvent{}, "ignore": ignoreEvent{}, "error": errorEvent{}, "reply": reply{},
		"Doctor": doctorEvent{}, "Exposed": exposedFields{}, "Commands": command{}, "Detached": detachedEvent{},
	} {
		got, want := slices.Sorted(slices.Values(tables[section])), fields(v)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: docs/EVENTS.md lists %v, the code has %v", section, got, want)
		}
	}
}

func TestDocsListEveryErrorCode(t *testing.T) {
	want := []string{
		codeBadJSON, codeBadCommand, codeUnknown, codeLineTooLong, codeEmpty, codeTooLong, codeNotSent, codeBadNick,
		codeUnknownRoom, codeNoRoom, codeNotJoined, codeInput, codeNotFound, codeNotOwn,
		codeDeleted, codeBadEmoji, codeNotKept, codeNoInvite,
		codeBadRecipient, codeNotOpened, codeNotImported, CodeBusy, CodeSlow,
	}
	if got := documented(t)["Error codes"]; !slices.Equal(got, want) {
		t.Errorf("docs/EVENTS.md lists %v, the code has %v", got, want)
	}
}
