package config

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func loadMonitor(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	return Load(Run, append([]string{"--mode", "bootnode"}, args...), nil, filepath.Join(t.TempDir(), ".env"))
}

func TestMonitor(t *testing.T) {
	c, err := loadMonitor(t, "--metrics-listen", "localhost:9090", "--pprof", "--log-format", "json",
		"--hook", `/bin/x  "two words" '' a"b c"d`, "--hook", "y", "--webhook", "https://example.org/a?token=b")
	if err != nil {
		t.Fatal(err)
	}
	want := Monitor{Listen: "127.0.0.1:9090", Profile: true, Hooks: [][]string{{"/bin/x", "two words", "", "ab cd"}, {"y"}},
		Webhooks: []string{"https://example.org/a?token=b"}}
	if !reflect.DeepEqual(c.Monitor, want) || c.LogFormat != LogJSON || len(c.Warnings) > 0 {
		t.Errorf("%+v %v %v", c.Monitor, c.LogFormat, c.Warnings)
	}
	for _, s := range c.Settings() {
		if strings.Contains(s.Value, "token") {
			t.Errorf("--%s shows the token: %s", s.Option.Name, s.Value)
		}
	}
	if c, err = loadMonitor(t, "--metrics-listen", "[::]:9090"); err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "firewall") {
		t.Errorf("%v %v", err, c.Warnings)
	}
	five := strings.Split(strings.Repeat("--hook x ", 5), " ")[:10]
	for name, args := range map[string][]string{
		"no port":          {"--metrics-listen", "127.0.0.1"},
		"a name":           {"--metrics-listen", "example.org:1"},
		"public profiles":  {"--metrics-listen", "0.0.0.0:9090", "--pprof"},
		"profiles nowhere": {"--pprof"},
		"open quote":       {"--hook", `x "y`},
		"nothing":          {"--hook", `""`},
		"five hooks":       five,
		"ftp":              {"--webhook", "ftp://example.org/"},
		"no host":          {"--webhook", "https:///x"},
		"format":           {"--log-format", "xml"},
	} {
		if _, err := loadMonitor(t, args...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := loadMonitor(t, "--webhook", "https://%zz/?token=hidden"); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v", err)
	}
}

func FuzzSplitCommand(f *testing.F) {
	for _, s := range []string{`a b`, `"a b" c`, `'`, ``, "\x00", `a''b ""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		argv, err := splitCommand(line)
		if err != nil {
			return
		}
		total := 0
		for _, a := range argv {
			total += len(a)
			if strings.Contains(a, "\x00") {
				t.Errorf("%q", a)
			}
		}
		if utf8.ValidString(line) && total > len(line) {
			t.Errorf("%q became %q", line, argv)
		}
	})
}
