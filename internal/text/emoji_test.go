package text

import (
	"strings"
	"testing"
)

func TestCleanEmoji(t *testing.T) {
	for _, s := range []string{"👍", "👍🏽", "❤️", "❤️‍🔥", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "✓", "‼️", "↔️", "☕"} {
		if got, ok := CleanEmoji(s); !ok || got != s {
			t.Errorf("CleanEmoji(%q) = %q, %v", s, got, ok)
		}
	}
	if got, ok := CleanEmoji(" 👍\n"); !ok || got != "👍" {
		t.Errorf("got %q, %v", got, ok)
	}
	for _, s := range []string{
		"", " ", "a", "1", "+1", "👍👍", "👍 👍", "ok", "\x1b", "\ufffd", "\xff", "👍\x1b[1m", "\u202e", "\u0301", "é", "日",
		"\u200d", strings.Repeat("👍", 30), "a\u20e3\u20e3\u20e3\u20e3x",
	} {
		if got, ok := CleanEmoji(s); ok {
			t.Errorf("CleanEmoji(%q) passed as %q", s, got)
		}
	}
}

func FuzzEmoji(f *testing.F) {
	for _, s := range []string{"👍", family, "1️⃣", "🇩🇪🇩", "\u20e3", "❤️\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		emoji, ok := CleanEmoji(s)
		if !ok {
			return
		}
		if again, ok := CleanEmoji(emoji); !ok || again != emoji {
			t.Fatalf("not idempotent: %q, then %q, %v", emoji, again, ok)
		}
		if w := Width(emoji); w < 1 || w > maxClusterCells || len(emoji) > maxEmojiBytes || strings.ContainsAny(emoji, "\n\t \x1b") {
			t.Fatalf("%q passed, %d cells", emoji, w)
		}
	})
}
