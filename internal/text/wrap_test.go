package text

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func lines(s string, width int) []string {
	var out []string
	for _, sp := range Wrap(s, width) {
		out = append(out, s[sp.Start:sp.End])
	}
	return out
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    string
		width int
		want  []string
	}{
		{"empty", "", 10, []string{""}},
		{"fits", "hello", 5, []string{"hello"}},
		{"words", "the quick brown fox", 10, []string{"the quick", "brown fox"}},
		{"spaces hang", "abcde    fg", 5, []string{"abcde", "fg"}},
		{"long word", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"long word after a short one", "ab cdefghij", 4, []string{"ab", "cdef", "ghij"}},
		{"newlines", "a\n\nb\n", 10, []string{"a", "", "b", ""}},
		{"wide never straddle", "日本語", 5, []string{"日本", "語"}},
		{"wider than the line", "日a", 1, []string{"日", "a"}},
		{"indentation kept", "  x y", 10, []string{"  x y"}},
		{"indentation and long word", "  abcdef", 4, []string{"  ab", "cdef"}},
		{"family is one", family + family, 2, []string{family, family}},
		// uniseg calls the end of a skin tone a mandatory break.
		{"skin tone", "a👍🏽b c", 20, []string{"a👍🏽b c"}},
		{"command", "then /history 3 shows it", 6, []string{"then", "/histo", "ry 3", "shows", "it"}},
		{"command after a break", "see also: /help", 11, []string{"see also:", "/help"}},
		{"command on a line of its own", "a\n/usr/bin", 5, []string{"a", "/usr/", "bin"}},
		{"escaped slash", "so //help x", 5, []string{"so", "//hel", "p x"}},
		{"url", "see https://example.org/a/b ok", 16, []string{"see https://", "example.org/a/b", "ok"}},
	} {
		if got := lines(c.in, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: Wrap(%q, %d) = %q, want %q", c.name, c.in, c.width, got, c.want)
		}
	}
}

// A full stop before 64 KiB of spaces took uniseg's StepString 30 seconds.
func TestWrapTimeIsLinear(t *testing.T) {
	const guard = 20 * time.Second // some milliseconds, unless it is quadratic
	for _, s := range []string{
		"a." + strings.Repeat(" ", 1<<16),
		"a1" + strings.Repeat("\u200d1", 1<<14),
		"a" + strings.Repeat("\u0301", 1<<15),
		strings.Repeat("🇩", 1<<14),
		strings.Repeat("/", 1<<16),
		strings.Repeat(" /", 1<<15),
	} {
		begun := time.Now()
		Wrap(s, 80)
		if took := time.Since(begun); took > guard {
			t.Errorf("%.20q… took %v", s, took)
		}
		begun = time.Now()
		Clean(s, len(s))
		if took := time.Since(begun); took > guard {
			t.Errorf("cleaning %.20q… took %v", s, took)
		}
	}
}

func FuzzWrap(f *testing.F) {
	for _, s := range []string{"the quick", "日本語 text", "a👍🏽b c", "  x\n\ny ", "foo ) bar", family, "a\r\nb", "\u0300\u1100"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = max(1, min(width, 300))
		s = Clean(s, 4096)
		end := 0
		for i, sp := range Wrap(s, width) {
			if sp.Start < end || sp.End < sp.Start || sp.End > len(s) {
				t.Fatalf("span %d of %q at %d is %v after %d", i, s, width, sp, end)
			}
			if skipped := s[end:sp.Start]; strings.Trim(skipped, " \n") != "" {
				t.Fatalf("%q lost from %q", skipped, s)
			}
			line := s[sp.Start:sp.End]
			clusters := 0
			for range Clusters(line) {
				clusters++
			}
			if got := Width(line); got != sp.Width || got > width && clusters > 1 {
				t.Fatalf("line %q of %q at %d: %d cells, span says %d", line, s, width, got, sp.Width)
			}
			end = sp.End
		}
		if rest := s[end:]; strings.Trim(rest, " \n") != "" {
			t.Fatalf("%q lost at the end of %q", rest, s)
		}
	})
}

func BenchmarkWrap64K(b *testing.B) {
	s := strings.Repeat("the quick brown fox 日本 ", 2500)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Wrap(s, 100)
	}
}
