package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gochat/bootnode"
	"gochat/bootnode/presence"
)

func config(st bootnode.Stats) Config {
	return Config{
		Version: "1.2.3", Stats: func() bootnode.Stats { return st }, Ready: func() error { return nil },
		Dropped: func() uint64 { return 7 },
	}
}

func ask(t *testing.T, cfg Config, method, url string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	newMonitor(cfg).handler().ServeHTTP(w, httptest.NewRequest(method, url, nil))
	return w.Code, w.Body.String()
}

func TestMetrics(t *testing.T) {
	st := bootnode.Stats{Members: 3, Rooms: 2, Joined: 1 << 50, RelayedBytes: 5_000_000_000}
	st.Drops[bootnode.DropRelayQuota] = 4
	code, text := ask(t, config(st), "GET", "/metrics")
	if code != http.StatusOK {
		t.Fatal(code, text)
	}
	for _, line := range []string{
		`gochat_bootnode_info{version="1.2.3"} 1`, "gochat_bootnode_members 3", "gochat_bootnode_rooms 2",
		"gochat_bootnode_joins_total 1125899906842624", "gochat_bootnode_relayed_bytes_total 5000000000",
		`gochat_bootnode_drops_total{reason="relay_quota"} 4`, "gochat_bootnode_hook_events_dropped_total 7",
		"gochat_bootnode_ready 1", "# TYPE gochat_bootnode_members gauge", "# TYPE gochat_bootnode_joins_total counter",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Contains(text, "_links") {
		t.Error("links are told of, and there is nobody to link with")
	}
	cfg := config(st)
	cfg.Mesh = func() Mesh { return Mesh{Links: 2, Loops: 1} }
	if _, text := ask(t, cfg, "GET", "/metrics"); !strings.Contains(text, "gochat_bootnode_links 2\n") || !strings.Contains(text, "gochat_bootnode_loops_total 1\n") {
		t.Error("no links are told of")
	}
	// Each line is a comment or a sample as the format wants it.
	form := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\n]*"\})? [0-9.]+)$`)
	for line := range strings.Lines(text) {
		if !form.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("malformed: %q", line)
		}
	}
	for _, m := range Metrics() {
		if strings.HasSuffix(m.Name, "_total") != (m.Kind == "counter") || !strings.HasPrefix(m.Name, Prefix) || m.Help == "" {
			t.Errorf("%+v", m)
		}
	}
	for _, what := range []string{"heap_bytes", "memory_bytes", "goroutines"} {
		if strings.Contains(text, Prefix+what+" 0\n") {
			t.Errorf("%s is nought", what)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	cfg := config(bootnode.Stats{})
	for url, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if code, text := ask(t, cfg, "GET", url); code != http.StatusOK || text != want {
			t.Errorf("%s: %d %q", url, code, text)
		}
	}
	cfg.Ready = func() error { return errors.New("it is being drained") }
	if code, text := ask(t, cfg, "GET", "/readyz"); code != http.StatusServiceUnavailable || text != "it is being drained\n" {
		t.Errorf("%d %q", code, text)
	}
	if code, _ := ask(t, cfg, "GET", "/healthz"); code != http.StatusOK {
		t.Error("not ready, and so not healthy:", code)
	}
	if _, text := ask(t, cfg, "GET", "/metrics"); !strings.Contains(text, "gochat_bootnode_ready 0\n") {
		t.Error("not ready, and the metric says it is")
	}
	for _, wrong := range []string{"/", "/metrics/x", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars"} {
		if code, _ := ask(t, cfg, "GET", wrong); code != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, code)
		}
	}
	if code, _ := ask(t, cfg, "POST", "/metrics"); code != http.StatusMethodNotAllowed {
		t.Error("POST:", code)
	}
}

// A bootnode that hangs is not healthy, and who asks again and again costs no
// more than one goroutine.
func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var asked atomic.Int32
		cfg := config(bootnode.Stats{})
		cfg.Stats = func() bootnode.Stats { asked.Add(1); <-release; return bootnode.Stats{} }
		h := newMonitor(cfg).handler()
		for _, url := range []string{"/healthz", "/readyz", "/metrics", "/healthz"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
			if w.Code != http.StatusServiceUnavailable || w.Body.String() != hangs {
				t.Errorf("%s: %d %q", url, w.Code, w.Body)
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("the bootnode was asked %d times at once", n)
		}
		close(release)
		synctest.Wait()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
		if w.Code != http.StatusOK {
			t.Error("it answers again, and is not healthy:", w.Code)
		}
	})
}

func TestProfile(t *testing.T) {
	cfg := config(bootnode.Stats{})
	cfg.Profile = true
	for host, want := range map[string]int{
		"127.0.0.1:9": http.StatusOK, "localhost": http.StatusOK, "[::1]:9": http.StatusOK,
		"evil.example": http.StatusForbidden, "192.0.2.1:9": http.StatusForbidden, "": http.StatusForbidden,
	} {
		r := httptest.NewRequest("GET", "/debug/pprof/goroutine?debug=1", nil)
		r.Host = host
		w := httptest.NewRecorder()
		newMonitor(cfg).handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
	}
}

// A real listener: more connections than are taken wait, and its end is an end.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, config(bootnode.Stats{Members: 5})) }()
	var silent []net.Conn
	for range maxConns + 8 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, c)
	}
	for _, c := range silent {
		c.Close()
	}
	resp, err := http.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(text), "gochat_bootnode_members 5\n") {
		t.Errorf("%v %s", err, text)
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The dashboard and the alerts name metrics that are there, and docs/OPERATING.md has them all.
func TestNamedMetrics(t *testing.T) {
	var known []string
	for _, m := range Metrics() {
		known = append(known, m.Name)
	}
	name := regexp.MustCompile(Prefix + `[a-z_]+`)
	for _, file := range []string{"packaging/grafana/dashboard.json", "packaging/prometheus/alerts.yml"} {
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		named := name.FindAllString(string(text), -1)
		if len(named) < 5 {
			t.Errorf("%s names %d metrics", file, len(named))
		}
		for _, n := range named {
			if !slices.Contains(known, n) {
				t.Errorf("%s names %s, which is not there", file, n)
			}
		}
		if strings.HasSuffix(file, ".json") && !json.Valid(text) {
			t.Errorf("%s is not JSON", file)
		}
	}
	doc, err := os.ReadFile("../../docs/OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Metrics() {
		label := ""
		if m.Label != "" {
			label = "{" + m.Label + "}"
		}
		if row := "| `" + strings.TrimPrefix(m.Name, Prefix) + label + "` | " + m.Kind + " | " + m.Help + " |\n"; !strings.Contains(string(doc), row) {
			t.Errorf("docs/OPERATING.md does not have this row:\n%s", row)
		}
	}
	alerts, err := os.ReadFile("../../packaging/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(alerts), -1)
	if len(named) < 10 {
		t.Errorf("%d alerts", len(named))
	}
	for _, a := range named {
		if !strings.Contains(string(doc), "\n| "+a[1]+" | ") {
			t.Errorf("docs/OPERATING.md does not say what to do about %s", a[1])
		}
	}
	for _, reason := range regexp.MustCompile(`presence_drops_total\{reason=~?"([a-z|_]+)"`).FindAllStringSubmatch(string(alerts), -1) {
		for r := range strings.SplitSeq(reason[1], "|") {
			known := false
			for d := range presence.DropReasons {
				known = known || d.String() == r
			}
			if !known {
				t.Errorf("the alerts name presence drops for %s, which is no reason", r)
			}
		}
	}
	for _, r := range bootnode.DropReasons() {
		if !strings.Contains(string(doc), "`"+r.String()+"`") {
			t.Errorf("docs/OPERATING.md does not explain the drops for %s", r)
		}
	}
}
