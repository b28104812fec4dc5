package text

import (
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const family = "👨‍👩‍👧‍👦"

func TestClean(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		max            int
	}{
		{"plain", "hello, world", "hello, world", 100},
		{"escape", "a\x1b[31mb\a\x7f", "a\ufffd[31mb\ufffd\ufffd", 100},
		{"C1", "a\u009b31mb\u0085", "a\ufffd31mb\ufffd", 100},
		{"line ends", "a\r\nb\rc\nd\u2028e", "a\nb\nc\nd\ne", 100},
		{"tab", "a\tb", "a\tb", 100},
		{"trailing newlines", "a\n\r\n\n", "a", 100},
		{"bidi", "a\u202eb\u2066c\u200f\u061cd", "abcd", 100},
		{"zero width", "a\u200bb\ufeffc\u2060d\u00ade", "abcde", 100},
		{"tag characters", "a\U000e0041\U000e0042b", "ab", 100},
		{"invalid", "a\xff\xc0b", "a\ufffd\ufffdb", 100},
		{"family kept", family, family, 100},
		{"heart kept", "❤️‍🔥 👍🏽", "❤️‍🔥 👍🏽", 100},
		{"joiner in Latin", "a\u200db", "ab", 100},
		{"joiner in Persian", "می\u200cخواهم", "می\u200cخواهم", 100},
		{"zalgo", "e" + strings.Repeat("\u0301", 40) + "x", "e\u0301\u0301\u0301x", 100},
		{"mark without base", "\u0301a\n\u0301b", "a\nb", 100},
		{"jamo flood", strings.Repeat("\u1100", 40), strings.Repeat("\u1100", maxClusterRunes), 200},
		{"cap", "abcdef", "abc", 3},
		{"cap at a cluster", "a" + family, "a", 10},
		{"cap in UTF-8", "aé", "a", 2},
		{"nothing fits", family, "", 3},
		{"zero", "abc", "", 0},
		{"wide dash", "⸺", "—", 10},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("%s: Clean(%q, %d) = %q, want %q", c.name, c.in, c.max, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"hi", "a\x1b]8;;x\a", "\u202e\u0301\r\n\t", family + "\u200d", "\xff\xfe", "م\u200cی\u200c",
		"🇩🇪🇩", "\u0600\u0600\u0600a", "क\u094d\u200dष", strings.Repeat("\u1100", 30), "\u0301", "👍🏽b c",
	} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := Clean(s, limit)
		if len(got) > max(limit, 0) {
			t.Fatalf("%d bytes, limit %d", len(got), limit)
		}
		if !utf8.ValidString(got) || strings.HasSuffix(got, "\n") {
			t.Fatalf("not clean: %q", got)
		}
		for cluster, cells := range Clusters(got) {
			if utf8.RuneCountInString(cluster) > maxClusterRunes || cells > maxClusterCells {
				t.Fatalf("cluster %q of %q: %d cells", cluster, got, cells)
			}
		}
		for _, r := range got {
			if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
				t.Fatalf("%U passed in %q", r, got)
			}
		}
		if whole := Clean(s, math.MaxInt); len(whole) > MaxGrowth*len(s) {
			t.Fatalf("%d bytes of %d", len(whole), len(s))
		}
		if again := Clean(got, limit); again != got {
			t.Fatalf("not idempotent: %q, then %q", got, again)
		}
	})
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"hello", 5, "hello"}, {"hello", 4, "hel…"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"}, {"x", 0, ""}, {"xy", 1, "…"},
	} {
		if got := Clip(c.in, c.width); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func BenchmarkCleanMixed(b *testing.B) {
	s := strings.Repeat("naïve 日本 👍🏽 text, ", 3000)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Clean(s, len(s))
	}
}
