package text

import (
	"slices"
	"strings"
	"testing"
)

func TestEmojiNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range emojiOrder {
		emoji, ok := Emoji(strings.ToUpper(name))
		if clean, valid := CleanEmoji(emoji); !ok || !valid || clean != emoji {
			t.Errorf("%s: %q is no emoji", name, emoji)
		}
		if seen[name] || strings.ContainsAny(name, ": \t") || name != strings.ToLower(name) {
			t.Errorf("%q is there twice, or no name", name)
		}
		seen[name] = true
	}
	if _, ok := Emoji("nothing_like_it"); ok {
		t.Error("an emoji for everything")
	}
	if got := EmojiNames("HEA"); len(got) < 5 || got[0] != "heart" || !slices.Contains(got, "broken_heart") {
		t.Errorf("got %q", got)
	}
}
