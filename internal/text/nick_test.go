package text

import (
	"strings"
	"testing"
	"unicode"
)

func TestCleanNick(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"alice", "alice", true},
		{"al ice", "alice", true},
		{"bob#k2f3", "bobk2f3", true},
		{"alice:", "alice", true}, // "12:00 alice: text" must stay out of reach
		{"a\nb\x1b[1m", "ab1m", true},
		{"Zoë", "Zoë", true},
		{"🦊", "🦊", true},
		{"O'Brien_2.x-y", "O'Brien_2.x-y", true},
		{strings.Repeat("a", 40), strings.Repeat("a", 24), true},
		{strings.Repeat("語", 40), strings.Repeat("語", 10), true},
		{"bob✓", "bob", true}, {"│bob│", "bob", true}, {"b▓o●b→", "bob", true}, {"☑✔bob✅", "bob", true},
		{"✓✓", "", false}, {"│││", "", false}, {"▓", "", false}, {"●○◐", "", false}, {"ǀǀǀ", "", false}, {"⭘①½", "", false},
		{"you", "", false}, {"YOU", "", false}, {"y✓ou", "", false}, {"уоu", "", false}, {"yóu.", "", false}, {"'all'", "", false},
		{"аll", "", false}, {"A1L", "", false}, {"b00tnode", "", false}, {"none", "", false}, {"nobody", "", false}, {"GoChat", "", false},
		{"Ali", "Ali", true}, {"ali", "ali", true}, {"Alí", "Alí", true}, {"young", "young", true}, {"allan", "allan", true}, {"alice:", "alice", true},
		{"👩🏽‍🚀", "👩🏽‍🚀", true}, {"🇩🇪", "🇩🇪", true}, {"1️⃣", "1️⃣", true}, {"❤️‍🔥", "❤️‍🔥", true}, {"☕", "☕", true}, {"🏳️‍🌈", "🏳️‍🌈", true},
		{"", "", false}, {" \t", "", false}, {"...", "", false}, {"\u0301", "", false},
		{"\u200b\u202e", "", false}, {"\xff\xff", "", false}, {"\u2800", "", false},
	} {
		if got, ok := CleanNick(c.in); got != c.want || ok != c.ok {
			t.Errorf("CleanNick(%q) = %q, %v; want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestValidNick(t *testing.T) {
	for _, nick := range []string{"alice", "Zoë", "日本", "🦊", "x_y-z.1"} {
		if err := ValidNick(nick); err != nil {
			t.Errorf("%q: %v", nick, err)
		}
	}
	for nick, why := range map[string]string{
		"": "empty", "  ": "empty", "a b": "spaces", "a#b": `'#'`, "a:": `':'`,
		"bob✓": `'✓'`, "│": `'│'`, "✅": `'✅'`, "you": "gochat itself uses", "All": "gochat itself uses", "bootnode": "gochat itself uses",
		strings.Repeat("x", 33): "too long", "\u202ea": `'\u202e'`, "...": "readable", "a\x1b": `'\x1b'`, "a\xff": "'�'",
	} {
		if err := ValidNick(nick); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %v, want an error with %q", nick, err, why)
		}
	}
}

func TestFoldJoinsWhatLooksAlike(t *testing.T) {
	for _, names := range [][]string{
		{"alice", "Alice", "ALICE", "аlice", "a1ice", "aIice", "alíce", "ali\u0301ce", "ａｌｉｃｅ", "𝐚lice", "al\u200dice"},
		{"bob", "B0b", "ЬоЬ"},
		{"strasse", "straße"},
	} {
		for _, n := range names {
			if Fold(n) != Fold(names[0]) {
				t.Errorf("Fold(%q) = %q, Fold(%q) = %q", n, Fold(n), names[0], Fold(names[0]))
			}
		}
	}
	for _, pair := range [][2]string{{"alice", "bob"}, {"agent1", "agent2"}, {"anna", "anne"}, {"日本", "日中"}} {
		if Fold(pair[0]) == Fold(pair[1]) {
			t.Errorf("%q and %q fold alike", pair[0], pair[1])
		}
	}
}

func TestLookalikesAreListedOnce(t *testing.T) {
	seen := map[rune]rune{}
	for plain, twins := range lookalikes {
		for _, r := range twins {
			if other, dup := seen[r]; dup && other != plain {
				t.Errorf("%q is listed under %q and %q", r, plain, other)
			}
			seen[r] = plain
			if unicode.ToLower(unicode.ToUpper(r)) != r && unicode.ToUpper(r) != unicode.ToUpper(unicode.ToLower(unicode.ToUpper(r))) {
				t.Errorf("%q is never reached: Fold lowers first", r)
			}
		}
		if other, dup := seen[plain]; dup && other != plain {
			t.Errorf("the plain letter %q is a twin of %q", plain, other)
		}
	}
}

func FuzzNick(f *testing.F) {
	for _, s := range []string{"alice", "a b#c:", "🦊\u200d", "İıſς", "\u0345\u0301x", "ǅ", "ﬁ", "✓you", "аll·", "y\u200dou", "1️⃣│", "👩🏽\u200d✓", strings.Repeat("क्ष", 20)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		nick, ok := CleanNick(s)
		if ok != (nick != "") {
			t.Fatalf("%q, %v", nick, ok)
		}
		if len(nick) > MaxNickBytes || Width(nick) > MaxNickCells || strings.ContainsAny(nick, "#:\n\x1b \t") {
			t.Fatalf("%q passed", nick)
		}
		if strings.ContainsAny(nick, "✓✔✅│┃─▓█●○◐→←!·…") || Reserved(nick) {
			t.Fatalf("%q passed", nick)
		}
		if again, _ := CleanNick(nick); again != nick {
			t.Fatalf("not idempotent: %q, then %q", nick, again)
		}
		if ok && ValidNick(nick) != nil {
			t.Fatalf("%q: clean, yet %v", nick, ValidNick(nick))
		}
		if ValidNick(s) == nil && nick != s {
			t.Fatalf("%q is valid, yet cleaned to %q", s, nick)
		}
		if fold := Fold(s); Fold(fold) != fold {
			t.Fatalf("fold not idempotent: %q, then %q", fold, Fold(fold))
		}
	})
}
