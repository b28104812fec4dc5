package cli

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/profile"
)

func openHome(t *testing.T, dir string) *profile.Bootnode {
	t.Helper()
	home, _, err := profile.OpenBootnode(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { home.Close() })
	return home
}

func target(t testing.TB, s string) bootnode.Target {
	t.Helper()
	x, err := bootnode.ParseTarget(s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestBansAreKept(t *testing.T) {
	home, log, now := openHome(t, t.TempDir()), slog.New(slog.DiscardHandler), time.Now().Round(time.Second).UTC()
	f, err := openBans(home, log)
	if err != nil {
		t.Fatal(err)
	}
	keep := bootnode.Ban{Target: target(t, "10.0.0.0/8"), Reason: "spam"}
	soon := bootnode.Ban{Target: target(t, "token:ann"), Until: now.Add(time.Minute)}
	for _, x := range []bootnode.Ban{soon, keep, {Target: target(t, "10.0.0.1")}} {
		if err := f.replace(now, x.Target, &x); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.replace(now, target(t, "10.0.0.1"), nil); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(home.Dir(), bansFile))
	if err != nil || st.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	again, err := openBans(home, log)
	if err != nil || !slices.Equal(again.list(now), []bootnode.Ban{keep, soon}) {
		t.Errorf("%+v, %v", again.list(now), err)
	}
	if later := again.list(now.Add(time.Hour)); !slices.Equal(later, []bootnode.Ban{keep}) {
		t.Errorf("%+v", later)
	}
}

// A damaged file is kept for a person to look at, and the bootnode starts.
func TestDamagedBans(t *testing.T) {
	for _, text := range []string{"", "{", `{"v":2}`, `{"v":1,"bans":[{"target":"nobody"}]}`, `{"v":1,"bans":[]} x`} {
		home := openHome(t, t.TempDir())
		if err := home.Write(bansFile, []byte(text)); err != nil {
			t.Fatal(err)
		}
		f, err := openBans(home, slog.New(slog.DiscardHandler))
		if err != nil || f.count(time.Now()) != 0 {
			t.Errorf("%q: %v", text, err)
		}
		if kept, err := os.ReadFile(filepath.Join(home.Dir(), bansFile+".damaged")); err != nil || string(kept) != text {
			t.Errorf("%q is kept as %q, %v", text, kept, err)
		}
	}
}

func TestBansAreBounded(t *testing.T) {
	home, now := openHome(t, t.TempDir()), time.Now()
	f, err := openBans(home, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range bootnode.MaxBans {
		x := target(t, fmt.Sprintf("10.%d.%d.1", i>>8, i&255))
		f.by[x] = bootnode.Ban{Target: x}
	}
	x := bootnode.Ban{Target: target(t, "192.0.2.1")}
	if err := f.replace(now, x.Target, &x); err == nil || f.count(now) != bootnode.MaxBans {
		t.Errorf("%d bans, %v", f.count(now), err)
	}
}

func FuzzBans(f *testing.F) {
	f.Add([]byte(`{"v":1,"bans":[{"target":"10.0.0.0/8","until":"2026-01-02T03:04:05Z","reason":"x"}]}`))
	f.Add([]byte(`{"v":1,"bans":[{"target":"10.0.0.0/8","until":"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := parseBans(b); err == nil && len(list) > bootnode.MaxBans {
			t.Errorf("%d bans", len(list))
		}
	})
}

// A node is banned only where that keeps it out.
func TestBanOfNodesThatStay(t *testing.T) {
	own, hub, edge, far := crypto.NodeID{1}, crypto.NodeID{2}, crypto.NodeID{3}, crypto.NodeID{4}
	links := []bootnode.Link{{Node: own, Kind: bootnode.LinkCluster}, {Node: hub, Kind: bootnode.LinkUplink}, {Node: edge, Kind: bootnode.LinkDownlink}}
	for _, tc := range []struct {
		node   crypto.NodeID
		listed bool
		want   string // "": it is
	}{
		{own, true, "--cluster-secret-file"}, {own, false, "--cluster-secret-file"}, {hub, true, "--uplink"}, {hub, false, "--uplink"},
		{edge, true, ""}, {far, true, "not on the list"}, {far, false, "--fed-listen"},
	} {
		var allowed []crypto.NodeID
		if tc.listed {
			allowed = []crypto.NodeID{edge, own}
		}
		err := canKeepOut(tc.node, links, tc.listed, allowed)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("node %d, a list: %v: %v", tc.node[0], tc.listed, err)
		}
	}
	if got := nodeWords(edge, []bootnode.Node{{Node: own, Advertised: "own.example:1"}, {Node: edge, Advertised: "edge.example:1\x1b"}}); got != "bootnode "+edge.String()+" (edge.example:1\ufffd)" {
		t.Errorf("%q", got)
	}
}
