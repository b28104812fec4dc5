package hook

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// safe is a buffer that several goroutines use.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func config(t *testing.T, script string) (Config, chan error) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	failed := make(chan error, 1000)
	return Config{
		Filter: Filter{Anyone: true}, Argv: []string{"sh", "-c", script}, Environ: []string{"PATH=" + os.Getenv("PATH")},
		Max: 2, Limit: time.Minute, Failed: func(err error) { failed <- err },
	}, failed
}

func TestRunsForMessages(t *testing.T) {
	cfg, failed := config(t, `cat; echo "$GOCHAT_NICK: $GOCHAT_TEXT"; exit 3`)
	var out safe
	cfg.Out = &out
	h := New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { h.Run(ctx); close(ended) }()
	h.Tell([]byte(`{"type":"ready"}`))
	h.Tell([]byte(said))
	if err := <-failed; !strings.Contains(err.Error(), "abcdef: exit status 3") {
		t.Error(err)
	}
	if want := said + "\nBob: deploy now\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	cancel()
	<-ended
}

// Commands that hang hold up nobody: messages that are too many are lost, which
// is said, and the end is the end of all commands.
func TestTooMany(t *testing.T) {
	cfg, failed := config(t, `sleep 1000`)
	h := New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { h.Run(ctx); close(ended) }()
	for range 10 * maxQueued {
		h.Tell([]byte(said))
	}
	first := <-failed // is told of at once
	if !strings.Contains(first.Error(), "faster than sh handles them") {
		t.Error(first)
	}
	cancel()
	<-ended
	failed <- first
	close(failed)
	sum := 0
	for err := range failed {
		var n int
		text := err.Error()
		if _, e := fmt.Sscanf(text, "messages come faster than sh handles them: it was not run for %d", &n); e != nil {
			if _, e := fmt.Sscanf(text, "it ended before sh was run for %d messages", &n); e != nil {
				t.Error(err)
			}
		}
		sum += n
	}
	if run := 10*maxQueued - sum; run < 0 || run > cfg.Max {
		t.Errorf("told of %d lost, of %d", sum, 10*maxQueued)
	}
}

// What is lost after the first report is told of without a further loss.
func TestLossesAreToldInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		h := New(Config{Filter: Filter{Anyone: true}, Argv: []string{"prog"}, Failed: func(err error) { told = append(told, err.Error()) }})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { h.Run(ctx); close(ended) }()
		for range maxQueued + 1 {
			h.Tell([]byte(said))
		}
		synctest.Wait()
		h.Tell([]byte(said))
		h.Tell([]byte(said))
		time.Sleep(complains)
		synctest.Wait()
		if len(told) != 2 || !strings.HasSuffix(told[0], "not run for 1") || !strings.HasSuffix(told[1], "not run for 2") {
			t.Errorf("%q", told)
		}
		cancel()
		<-ended
		if len(told) != 3 || !strings.Contains(told[2], fmt.Sprint("for ", maxQueued, " messages")) {
			t.Errorf("%q", told)
		}
	})
}

// Where what is told goes may take nothing, as a stopped terminal does.
func TestTellNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := make(chan struct{})
		h := New(Config{Filter: Filter{Anyone: true}, Argv: []string{"prog"}, Failed: func(error) { <-taken }})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { h.Run(ctx); close(ended) }()
		told := 0
		go func() {
			for ; told < 2*maxQueued; told++ {
				h.Tell([]byte(said))
			}
		}()
		synctest.Wait()
		if told != 2*maxQueued {
			t.Errorf("it waits after %d", told)
		}
		close(taken)
		cancel()
		<-ended
		synctest.Wait()
	})
}

func TestTimeIsOver(t *testing.T) {
	cfg, failed := config(t, `sleep 1000`)
	cfg.Limit = 50 * time.Millisecond
	h := New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { h.Run(ctx); close(ended) }()
	h.Tell([]byte(said))
	if err := <-failed; !strings.Contains(err.Error(), "not done in 50ms") {
		t.Error(err)
	}
	cancel()
	<-ended
}
