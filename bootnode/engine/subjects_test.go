package engine

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// docs/PROTOCOL.md has the subjects, the account of each, and what other operators'
// nodes may do with it, as the code has them.
func TestSubjectsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n### Subjects\n")
	table, _, _ = strings.Cut(table, "\n### ")
	if !found {
		t.Fatal("there is no section Subjects")
	}
	want := map[string]string{
		nodePrefix + "<node>": meshAccount, roomPrefix + "<room>": meshAccount, framePrefix + "<node>": meshAccount,
		MailPrefix + "ask": ownAccount, inboxPrefix + "<node>.>": ownAccount,
	}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 || !strings.Contains(cells[1], "`") {
			continue
		}
		subject, account, may := strings.Trim(cells[1], " `"), strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])
		if want[subject] != account {
			t.Errorf("%s is of the account %q in the document, %q in the code", subject, account, want[subject])
		}
		delete(want, subject)
		pattern, _, _ := strings.Cut(subject, "<")
		if open := slices.Contains(leafSubjects, pattern+"*"); open != (may == "publish, subscribe") {
			t.Errorf("another operator's node may %q with %s; in the code: %v", may, subject, open)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the document: %v", want)
	}
	for _, s := range leafSubjects {
		if !server.IsValidSubject(s) {
			t.Errorf("%q is no subject", s)
		}
	}
	if !strings.Contains(table, "262,144") || maxLeafSubscriptions != 262_144 {
		t.Error("the bound of subjects is another")
	}
}
