package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/bootnode"
)

// Changes are told at once, then at most every ten seconds, all in one.
func TestWatch(t *testing.T) {
	var w Watch
	start := time.Unix(1000, 0)
	st := Counts{}
	if got := w.Step(start, st); got != nil {
		t.Errorf("nothing has happened, and there is %v", got)
	}
	st.Joined, st.Members, st.Rooms = 1, 1, 1
	if got, want := w.Step(start, st), []Event{{Kind: Members, Time: start, Members: 1, Rooms: 1, Joined: 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	for i := range 9 {
		st.Joined++
		st.Drops[bootnode.DropRelayQuota]++
		if got := w.Step(start.Add(time.Duration(i+1)*time.Second), st); (len(got) > 0) != (i == 0) {
			t.Errorf("after %d s: %+v", i+1, got)
		}
	}
	st.TimedOut, st.Dismissed, st.Refused, st.Members = 2, 4, 3, 8
	st.Drops[bootnode.DropOverload], st.Drops[bootnode.DropRelayRate] = 4, 5
	st.Drops[bootnode.DropMalformed] = 1000
	at := start.Add(Interval)
	want := []Event{
		{Kind: Members, Time: at, Members: 8, Rooms: 1, Joined: 9, TimedOut: 2, Dismissed: 4},
		{Kind: Limits, Time: at, Members: 8, Rooms: 1, Refused: 3, Dropped: 9},
	}
	if got := w.Step(at, st); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	at = start.Add(Interval + time.Second)
	if got, want := w.Step(at, st), []Event{{Kind: Quota, Time: at, Members: 8, Rooms: 1, Dropped: 8}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := w.Step(at.Add(time.Hour), st); got != nil {
		t.Errorf("nothing is new, and there is %+v", got)
	}
}

// Links and drains are told when they change, loops when there are more.
func TestWatchNodes(t *testing.T) {
	var w Watch
	now := time.Unix(1000, 0)
	step := func(c Counts, want ...Event) {
		t.Helper()
		for i := range want {
			want[i].Time = now
		}
		if got := w.Step(now, c); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		now = now.Add(Interval)
	}
	c := Counts{}
	step(c)
	c.Links = 2
	step(c, Event{Kind: Nodes, Links: 2})
	step(c)
	c.Links, c.LinksLost = 1, 1
	step(c, Event{Kind: Nodes, Links: 1, Lost: 1})
	c.LinksLost, c.Loops = 2, 3 // broke, and is back
	step(c, Event{Kind: Nodes, Links: 1, Lost: 1}, Event{Kind: Loop, Links: 1, Loops: 3})
	c.Draining = true
	step(c, Event{Kind: Drain, Links: 1, Draining: true})
	c.Draining = false
	step(c, Event{Kind: Drain, Links: 1})
	step(c)
}

func newHooks(t *testing.T, cfg Config) (*Hooks, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if cfg.Counts == nil {
		cfg.Counts = func() Counts { return Counts{Stats: bootnode.Stats{Members: 2, Rooms: 1}} }
	}
	cfg.Path = os.Getenv("PATH")
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h, &log
}

// runUntil runs hooks until done holds, then stops them.
func runUntil(t *testing.T, h *Hooks, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() { h.Run(ctx); close(ended) }()
	deadline := time.After(30 * time.Second)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatal("not done in time")
		}
	}
	cancel()
	<-ended
}

func needSh(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands here are for sh")
	}
}

// A real command: the event on its input and in its environment, nothing of
// this process there, and the stop told before the end.
func TestCommand(t *testing.T) {
	needSh(t)
	t.Setenv("GOCHAT_TEST_SECRET", "hidden")
	out := filepath.Join(t.TempDir(), "a file")
	h, log := newHooks(t, Config{Commands: [][]string{{"sh", "-c", `{ cat; echo "$GOCHAT_EVENT $GOCHAT_MEMBERS $*"; env; } >> "$0"`, out, "$HOME", "two words"}}})
	runUntil(t, h, func() bool {
		text, _ := os.ReadFile(out)
		return strings.Contains(string(text), "start 2 $HOME two words\n")
	})
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), "stop 2 $HOME two words\n") {
		t.Errorf("the stop was not told: %v\n%s", err, text)
	}
	var e Event
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&e); err != nil || e.Kind != Start || e.Members != 2 || e.Rooms != 1 || e.Time.IsZero() {
		t.Errorf("%v %+v", err, e)
	}
	if strings.Contains(string(text), "hidden") {
		t.Error("a command sees the environment of the bootnode")
	}
	if h.Dropped() != 0 || log.Len() > 0 {
		t.Errorf("%d lost: %s", h.Dropped(), log)
	}
}

// A command that fails, and one that is not there, are counted and logged once.
func TestCommandFails(t *testing.T) {
	needSh(t)
	h, log := newHooks(t, Config{Commands: [][]string{{"sh", "-c", "exit 3"}, {filepath.Join(t.TempDir(), "nothing")}}})
	runUntil(t, h, func() bool { return h.Dropped() >= 2 })
	if got := h.Dropped(); got != 4 {
		t.Errorf("%d lost, not start and stop of both", got)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines:\n%s", n, log)
	}
}

// A command that does not end is killed with what it has started, and while it
// holds its queue up, others are told.
func TestCommandHangs(t *testing.T) {
	needSh(t)
	ctx, cancel := context.WithCancel(t.Context())
	tell := program([]string{"sh", "-c", "sleep 1000 & sleep 1000; wait"}, os.Getenv("PATH"))
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- tell(ctx, Event{}, nil) }()
	cancel()
	if err := <-done; err == nil || time.Since(began) > allowed {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// Full queues lose events and count them; telling never waits.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var joined uint64
		h, _ := newHooks(t, Config{Counts: func() Counts { joined++; return Counts{Stats: bootnode.Stats{Joined: joined}} }})
		release, told := make(chan struct{}), 0
		h.add("stuck", func(context.Context, Event, []byte) error { <-release; told++; return nil })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { h.Run(ctx); close(ended) }()
		// One with the worker, a queue full, and the rest is lost.
		time.Sleep(10*Interval*queued + time.Second)
		synctest.Wait()
		if got := h.Dropped(); got < 9*queued || got > 10*queued {
			t.Errorf("%d lost", got)
		}
		close(release)
		synctest.Wait()
		cancel()
		<-ended
		if told < queued {
			t.Errorf("%d told", told)
		}
	})
}

func TestWebhook(t *testing.T) {
	var mu sync.Mutex
	var got []Event
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var e Event
		if err != nil || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &e) != nil {
			t.Errorf("%v %s %s", err, r.Method, body)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e)
	}))
	defer srv.Close()
	h, log := newHooks(t, Config{URLs: []string{srv.URL + "/x?token=hidden"}})
	runUntil(t, h, func() bool { mu.Lock(); defer mu.Unlock(); return len(got) > 0 })
	if len(got) != 2 || got[0].Kind != Start || got[1].Kind != Stop || h.Dropped() != 0 {
		t.Errorf("%+v, %d lost: %s", got, h.Dropped(), log)
	}
}

// Trouble at the other end is tried again, a refusal is not, and no redirect
// is followed.
func TestWebhookTries(t *testing.T) {
	for status, want := range map[int]int{200: 1, 204: 1, 302: 1, 404: 1, 500: attempts, 503: attempts, 429: attempts} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			tell := func(ctx context.Context) error {
				client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
					tries++
					return &http.Response{StatusCode: status, Header: http.Header{"Location": {"http://192.0.2.1/"}},
						Body: io.NopCloser(strings.NewReader(""))}, nil
				}), CheckRedirect: noRedirect}
				return deliver(ctx, client, "http://127.0.0.1/?token=hidden", nil)
			}
			err := tell(t.Context())
			if tries != want || (err == nil) != (status/100 == 2) {
				t.Errorf("%d: %d attempts, %v", status, tries, err)
			}
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error tells the URL: %v", err)
			}
		})
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An address where nobody listens is an error without the URL.
func TestWebhookNobody(t *testing.T) {
	srv := httptest.NewServer(nil)
	url := srv.URL
	srv.Close()
	again, err := post(t.Context(), http.DefaultClient, url+"/?token=hidden", nil)
	if !again || err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v %v", again, err)
	}
}

func TestTooMany(t *testing.T) {
	for _, cfg := range []Config{{URLs: make([]string, Most+1)}, {Commands: make([][]string, Most+1)}, {Commands: [][]string{{}}}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
