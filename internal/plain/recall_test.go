package plain

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// A front that comes to a session which has begun before shows the end of what
// was said, and nothing twice.
func TestRecall(t *testing.T) {
	s := fronttest.New()
	s.Say("bob", "one")
	s.Say("bob", "two")
	m := s.Say("bob", "three")
	s.Emit(peer.MessageEvent{Message: m}) // it came meanwhile
	s.Emit(peer.MessageEvent{Message: s.Say("bob", "four")})
	close(s.InTime)
	var out, errs bytes.Buffer
	_, err := Run(context.Background(), s, Options{In: strings.NewReader(""), Out: &out, Err: &errs, Recall: 3})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for line := range strings.Lines(out.String()) {
		said = append(said, line[strings.LastIndex(line, " ")+1:])
	}
	if got := strings.Join(said, ""); got != "two\nthree\nfour\n" {
		t.Errorf("%q", out.String())
	}
}

// What nobody has seen is printed however much has come since, and counts as
// seen then.
func TestRecallOfWhatWasMissed(t *testing.T) {
	s := fronttest.New()
	s.Say("bob", "seen")
	seen := 0
	missed := peer.MessageEvent{Message: s.Say("bob", "missed")}.OnShow(func() { seen++ })
	for range 2 * recallPage {
		s.Say("bob", "more")
	}
	close(s.InTime)
	var out, errs bytes.Buffer
	_, err := Run(context.Background(), s, Options{In: strings.NewReader(""), Out: &out, Err: &errs, Recall: 3, Missed: []peer.MessageEvent{missed}})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 1+2*recallPage || !strings.Contains(out.String(), " missed\n") || seen != 1 {
		t.Errorf("%d lines, marked as seen %d times: %.200q", n, seen, out.String())
	}
}
