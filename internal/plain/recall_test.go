package plain

import (
	"bytes"
	"context"
	"io"
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

// A flood of the past is one line in its place, and /history has it.
func TestRecallOfAFlood(t *testing.T) {
	s := fronttest.New()
	at := s.Say("carol", "before").Time
	for range 50 {
		m := s.Say("bob", "noise")
		s.Alter(m.ID, func(x *peer.Message) { x.Time = at })
	}
	s.Say("carol", "behind")
	close(s.InTime)
	var both bytes.Buffer
	_, err := Run(context.Background(), s, Options{In: strings.NewReader(""), Out: &both, Err: &both, Recall: 100})
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(both.String(), "noise\n")
	if strings.Count(said, "noise") != 19 || !strings.Contains(said, "bob#nig4 sent 50 messages in 1 s: 30 are folded; /history 30 ~000000 shows them\n12:52 carol#mye5: behind\n") {
		t.Errorf("%s", both.String())
	}
}

// A long message is cut for a reader at a terminal, and whole in a log.
func TestLongMessages(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		s := fronttest.New()
		s.Emit(peer.MessageEvent{Message: s.Say("bob", strings.Repeat("row\n", 2999)+"row")})
		close(s.InTime)
		var out bytes.Buffer
		_, err := Run(context.Background(), s, Options{In: strings.NewReader(""), Out: &out, Err: io.Discard, InputEchoed: terminal})
		if err != nil {
			t.Fatal(err)
		}
		want := 3000
		if terminal {
			want = 19
		}
		if n := strings.Count(out.String(), "row\n"); n != want || terminal != strings.HasSuffix(out.String(), "… 2981 more lines; /history shows all of them\n") {
			t.Errorf("terminal %v: %d rows", terminal, n)
		}
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
