package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestStreamURLs(t *testing.T) {
	for address, want := range map[string][]string{
		"boot.example:9595":       {"ws://boot.example:9595/gochat", "wss://boot.example/gochat"},
		"192.0.2.1:9595":          {"ws://192.0.2.1:9595/gochat"},
		"[2001:db8::1]:9595":      {"ws://[2001:db8::1]:9595/gochat"},
		"localhost:9595":          {"ws://localhost:9595/gochat"},
		"wss://boot.example":      {"wss://boot.example/gochat"},
		"wss://boot.example/":     {"wss://boot.example/gochat"},
		"ws://boot.example:1/way": {"ws://boot.example:1/way"},
		"nonsense":                nil,
	} {
		if got := StreamURLs(address); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// deadStream ends when it is closed.
type deadStream struct {
	url    string
	once   sync.Once
	closed chan struct{}
}

func (s *deadStream) Run(context.Context, func([]byte)) error {
	<-s.closed
	return errors.New("closed")
}
func (s *deadStream) Send([]byte) bool { return true }
func (s *deadStream) Close() error     { s.once.Do(func() { close(s.closed) }); return nil }

// The first of several connections is kept, others are closed, and the errors of
// all are told when there is none.
func TestDialFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all []*deadStream
		var mu sync.Mutex
		dial := func(delays map[string]time.Duration) func(context.Context, string) (Stream, error) {
			return func(_ context.Context, url string) (Stream, error) {
				d, ok := delays[url]
				time.Sleep(d)
				if !ok {
					return nil, fmt.Errorf("%s is not there", url)
				}
				s := &deadStream{url: url, closed: make(chan struct{})}
				mu.Lock()
				defer mu.Unlock()
				all = append(all, s)
				return s, nil
			}
		}
		got, err := dialFirst(t.Context(), dial(map[string]time.Duration{"slow": 2 * time.Second, "quick": time.Second}), []string{"slow", "none", "quick"})
		if err != nil || got.(*deadStream).url != "quick" {
			t.Fatalf("%v, %v", got, err)
		}
		for _, s := range all {
			select {
			case <-s.closed:
				if s.url == "quick" {
					t.Error("the one that is kept is closed")
				}
			default:
				if s.url != "quick" {
					t.Errorf("%s stays open", s.url)
				}
			}
		}
		_, err = dialFirst(t.Context(), dial(nil), []string{"a", "b"})
		if err == nil || err.Error() != "a is not there" {
			t.Errorf("error %v", err)
		}
		if s, err := dialFirst(t.Context(), dial(nil), nil); s != nil || err == nil {
			t.Errorf("without a URL: %v, %v", s, err)
		}
	})
}
