package jsonio

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// shared is a session that others take part in.
type shared struct {
	*fronttest.Session
	stopped bool
}

func (s *shared) StopAll() { s.stopped = true }

// Who comes late is told what was told before; stop is the end for all.
func TestShared(t *testing.T) {
	s := &shared{Session: fronttest.New()}
	s.SetMembers(fronttest.Joined("bob", peer.PathDirect, time.Millisecond).Member)
	var out bytes.Buffer
	if _, err := Run(context.Background(), s, Options{In: strings.NewReader(`{"cmd":"stop","id":1}` + "\n"), Out: &out}); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	for _, want := range []string{`"peers":[{"room":"lobby","peer":`, `"nick":"bob"`, `"bootnodes":[{"state":"registered","address":"203.0.113.1:9595"`} {
		if !strings.Contains(first, want) {
			t.Errorf("no %s in %s", want, first)
		}
	}
	if !s.stopped || !strings.Contains(rest, `"id":1,"ok":true`) {
		t.Errorf("stopped: %v, %s", s.stopped, rest)
	}
	ready, err := ParseReady([]byte(first))
	if err != nil || ready == nil || !slices.Equal(ready.Names(), []string{"lobby"}) || ready.Lacks([]string{"lobby"}) != "" || ready.Lacks([]string{"lobby", "ops"}) != "ops" {
		t.Errorf("%+v, %v", ready, err)
	}
}

func TestParseReady(t *testing.T) {
	for _, code := range []string{CodeBusy, CodeSlow} {
		var out bytes.Buffer
		Refuse(&out, code)
		if r, err := ParseReady(out.Bytes()); r != nil || err == nil {
			t.Errorf("%s: %v, %v", code, r, err)
		}
	}
	for _, line := range []string{"", "null", `{"type":"message"}`, `{"type":"error","code":"bad_json"}`, `{"type":7}`} {
		if r, err := ParseReady([]byte(line)); r != nil || err != nil {
			t.Errorf("%s: %v, %v", line, r, err)
		}
	}
	for line, want := range map[string]string{
		`{"type":"notice","level":"info","text":"x"}`:                                          "",
		`{"type":"notice","level":"warning","text":"x"}`:                                       "warning: x",
		`{"type":"bootnode","state":"unreachable","address":"a:1","reason":"does not answer"}`: "bootnode a:1 is unreachable: does not answer",
		`{"type":"message","text":"x"}`:                                                        "",
		`x`:                                                                                    "",
	} {
		if got := Remark([]byte(line)); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
}
