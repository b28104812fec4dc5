package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"gochat/test/proc"
)

// Ten processes of one user start in the same moment, without a data
// directory of their own being named: each takes a profile, all meet, and what
// each says at once reaches everybody once.
func TestTenAtOnce(t *testing.T) {
	const count = 10
	w := newWorld(t)
	w.bootnode()
	var members []*proc.Process
	var texts []string
	for i := range count {
		name := fmt.Sprint("member", i)
		p := proc.Start(t, name, w.command("--bootnode", w.boot, "--room", w.room, "--nick", name, "--ui", "json"))
		p.Post(map[string]any{"cmd": "send", "text": "hello from " + name})
		members, texts = append(members, p), append(texts, "hello from "+name)
	}
	keys := map[string]string{}
	for _, p := range members {
		key := p.ReadyKey()
		if other := keys[key]; other != "" {
			t.Errorf("%s and %s have the same key", other, p.Name)
		}
		keys[key] = p.Name
	}
	meet(members...)
	sameRoom(t, members, texts)
	if dirs, err := filepath.Glob(filepath.Join(w.home, "data", "gochat", "profile-*", "identity")); err != nil || len(dirs) != count-1 {
		t.Errorf("%d profiles besides the first, want %d (%v)", len(dirs), count-1, err)
	}
	for _, p := range members {
		p.Do(map[string]any{"cmd": "quit"})
		exitsWith(t, p, 0)
	}
}

// Fifty processes in one room on one machine: all meet, all say something at
// once, and each has everything once. make bench-room50 shows the figures.
func TestRoomOfFifty(t *testing.T) {
	if testing.Short() {
		t.Skip("fifty processes take a minute")
	}
	const (
		count = 50
		limit = 4 * time.Minute // of a busy machine with one processor
	)
	w := newPlace(t) // not beside others
	w.bootnode()
	began := time.Now()
	var members []*proc.Process
	for i := range count {
		members = append(members, w.json(fmt.Sprintf("member%02d", i)))
	}
	everywhere(members, limit, count-1, "everybody joined", func(e proc.Event) string {
		if proc.Joined(e) {
			return e.String("peer")
		}
		return ""
	})
	met := time.Since(began)
	spent := usage(t, members)

	began = time.Now()
	var texts []string
	for _, p := range members {
		texts = append(texts, "hello from "+p.Name)
		p.Post(map[string]any{"cmd": "send", "text": "hello from " + p.Name})
	}
	everywhere(members, limit, count, "every message", func(e proc.Event) string {
		if isMessage(e) {
			return e.String("id")
		}
		return ""
	})
	said := time.Since(began)
	everywhere(members, limit, 1, "delivery to all", func(e proc.Event) string {
		if e.Type() == "ack" && e.Number("delivered") == count-1 {
			return e.String("id")
		}
		return ""
	})
	acked := time.Since(began)
	talk := usage(t, members)
	sameRoom(t, members, texts)
	t.Logf("%d processes, all joined with all after %.1f s (%.2f s of processor time each, the key of the room included)",
		count, met.Seconds(), spent.cpu.Seconds()/count)
	t.Logf("%d messages at once: on all screens after %.2f s, acknowledged by all stores after %.2f s; %.2f ms of processor time for each message and member",
		count, said.Seconds(), acked.Seconds(), (talk.cpu-spent.cpu).Seconds()*1000/count/count)
	t.Logf("memory: %.1f MB each", float64(talk.kb)/count/1024)
	for _, p := range members {
		p.Post(map[string]any{"cmd": "quit"})
	}
	for _, p := range members {
		exitsWith(t, p, 0)
	}
}

// everywhere waits until every process has seen n different things.
func everywhere(members []*proc.Process, limit time.Duration, n int, what string, name func(proc.Event) string) {
	end := time.Now().Add(limit)
	for _, p := range members {
		seen := map[string]bool{}
		p.Wait(time.Until(end), what, func(e proc.Event) bool {
			if s := name(e); s != "" {
				seen[s] = true
			}
			return len(seen) >= n
		})
	}
}

// used is what processes used together.
type used struct {
	cpu time.Duration
	kb  int
}

func usage(t *testing.T, members []*proc.Process) (all used) {
	t.Helper()
	for _, p := range members {
		cpu, err := p.CPU()
		if err != nil {
			t.Log("no figures here: ", err)
			return all
		}
		kb, err := p.RSS()
		if err != nil {
			t.Fatal(err)
		}
		all.cpu += cpu
		all.kb += kb
	}
	return all
}
