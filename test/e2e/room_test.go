package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gochat/test/proc"
)

func isMessage(e proc.Event) bool { return e.Type() == "message" }

// text matches a message, own or not.
func text(want string) func(proc.Event) bool {
	return func(e proc.Event) bool { return isMessage(e) && e.String("text") == want }
}

// sameRoom checks that each of the members has shown each of the texts, and
// nothing else, exactly once; that they agree on ids and order; and that the
// messages of one author came in the author's sequence. It ends the
// conversation: each says one thing more, after which nothing older can come;
// the ids of that are returned.
func sameRoom(t testing.TB, members []*proc.Process, texts []string) (last []string) {
	t.Helper()
	texts = slices.Clone(texts)
	for _, p := range members {
		end := fmt.Sprintf("%s (%d) has no more to say", p.Name, p.PID())
		last = append(last, p.Say(end))
		texts = append(texts, end)
	}
	slices.Sort(texts)
	for _, p := range members {
		for _, s := range texts {
			p.Wait(patience, fmt.Sprintf("the message %.60q", s), text(s))
		}
	}
	var want []string // ids in order
	for _, p := range members {
		messages := all(p, isMessage)
		var got []string
		latest := map[string]string{} // order, by author
		for _, m := range messages {
			got = append(got, m.String("text"))
			if author := m.String("peer"); m.String("order") <= latest[author] {
				t.Errorf("%s: a message of %s came after a later one: %s", p.Name, m.String("nick"), m.Raw)
			} else {
				latest[author] = m.String("order")
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, texts) {
			t.Errorf("%s has %d messages, want %d:\n%.200q\n%.200q", p.Name, len(got), len(texts), got, texts)
		}
		slices.SortFunc(messages, func(a, b proc.Event) int {
			return strings.Compare(a.String("order"), b.String("order"))
		})
		var ids []string
		for _, m := range messages {
			ids = append(ids, m.String("id")+" "+m.String("order"))
		}
		if want == nil {
			want = ids
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s and %s do not agree on ids and order:\n%s\n%s", members[0].Name, p.Name, want, ids)
		}
	}
	return last
}

// deliveredTo waits until a message has reached n members, and is meant for n.
func deliveredTo(p *proc.Process, messageID string, n int) {
	p.Wait(patience, fmt.Sprintf("delivery to %d", n), func(e proc.Event) bool {
		return proc.Acked(messageID)(e) && e.Number("of") == float64(n)
	})
}
