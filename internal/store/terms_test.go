package store

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ncruces/go-sqlite3"
)

func termTexts(terms []term) (list []string) {
	for _, t := range terms {
		list = append(list, t.text)
	}
	return list
}

// What is below is in every database there is: see termsOf.
func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"Hello, World!":            "hello world",
		"  don't e-mail 3.14 ":     "don t e mail 3 14",
		"Łódź ŁÓDŹ lodz":           "lodz lodz lodz",
		"Straße Ærø Œuvre Þór":     "strasse aero oeuvre thor",
		"e\u0301te\u0301 été":      "ete ete",
		"İstanbul ISPARTA ısparta": "istanbul isparta isparta",
		"ΟΔΟΣ οδός ὁδός":           "οδοσ οδοσ οδοσ",
		"Ёлка елка":                "елка елка",
		"東京都":                      "東京 京都 都",
		"私はiPhoneで":                "私は は iphone で",
		"コーヒー":                     "コー ーヒ ヒー ー",
		"ＡＢＣ　１２３":                  "abc 123",
		"สวัสดี":                   "สว วั ัส สด ดี ี",
		"हिन्दी":                   "हिन्दी",
		"مُحَمَّد محمد":            "محمد محمد",
		"👍🏽 👍":                     "👍 👍",
		"🎉🎉":                       "🎉🎉 🎉",
		"❤️":                       "❤",
		"한국어 text":                 "한국어 text",
		"a\x00b\xffc":              "a b c",
		`"quoted" AND NOT (x*)^2`:  "quoted and not x 2",
		"co\u00adoperate":          "cooperate",
	} {
		if got := strings.Join(termTexts(split(text, maxTerms)), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	long := split(strings.Repeat("ż", 100)+" x", 10)
	if got := termTexts(long); !slices.Equal(got, []string{strings.Repeat("z", maxTermRunes), "x"}) {
		t.Errorf("a long word is %q", got)
	}
	for _, text := range []string{strings.Repeat("a ", 20), strings.Repeat("東", 20)} {
		if got := split(text, 7); len(got) != 7 {
			t.Errorf("%d terms, want 7", len(got))
		}
	}
}

// SQLite's unicode61 tokenizer joins spellings of a word; so do we, all those
// and more.
func TestFoldJoinsWhatSQLiteJoins(t *testing.T) {
	c, err := connect(":memory:", sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.Exec(`CREATE VIRTUAL TABLE f USING fts5(t, tokenize = "unicode61 remove_diacritics 2");
		CREATE VIRTUAL TABLE v USING fts5vocab(f, instance); BEGIN`); err != nil {
		t.Fatal(err)
	}
	for r := rune('0'); r < 0x20000; r++ {
		if unicode.IsLetter(r) && classify(r) == classLetter && !unicode.Is(unicode.Hangul, r) {
			if err := c.exec("INSERT INTO f (rowid, t) VALUES (?, ?)", int(r), string(r)); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := 0
	err = c.each(func(s *sqlite3.Stmt) error {
		seen++
		r := rune(s.ColumnInt64(0))
		theirs := s.ColumnText(1)
		if a, b := folded(string(r)), folded(theirs); a != b {
			t.Errorf("%q and %q are one to SQLite, but %q and %q to us", r, theirs, a, b)
		}
		return nil
	}, "SELECT doc, term FROM v")
	if err != nil || seen < 10_000 {
		t.Error(seen, err)
	}
}

func folded(s string) string {
	var b strings.Builder
	for _, r := range s {
		fold(&b, r)
	}
	return b.String()
}

func TestFoldOfFoldedIsTheSame(t *testing.T) {
	for r := rune(0); r < 0x20000; r++ {
		if once := folded(string(r)); classify(r) == classLetter && folded(once) != once {
			t.Errorf("%q is %q is %q", r, once, folded(once))
		}
	}
}

func TestParseQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":                     "",
		"  ,.!":                "",
		`""`:                   "",
		"hello":                `"hello"*`,
		"hello ":               `"hello"`,
		"hello!":               `"hello"`,
		"Hello wor":            `"hello" AND "wor"*`,
		`"hello world"`:        `"hello world"`,
		`“hello world” x`:      `"hello world" AND "x"*`,
		`"hello wor`:           `"hello wor"*`,
		`a "b c" d`:            `"a" AND "b c" AND "d"*`,
		"e-mail":               `"e mail"*`,
		"東京":                   `"東京"`,
		"東京都":                  `"東京 京都"`,
		"東":                    `"東"*`,
		"東 京":                  `"東"* AND "京"*`,
		`"東京 x"`:               `"東京 京 x"`,
		"foo NOT (bar OR baz)": `"foo" AND "not" AND "bar" AND "or" AND "baz"`,
		"words:x* ^y NEAR(z)":  `"words x" AND "y" AND "near z"`,
		`a"b`:                  `"a" AND "b"*`,
	} {
		if got := matchAll(parseQuery(query), ""); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	if got := parseQuery(strings.Repeat("x ", 5000)); len(got) != maxQueryTerms {
		t.Errorf("%d terms of a long query", len(got))
	}
	if got := cut("aé", 2); got != "a" {
		t.Errorf("cut in the middle of a character: %q", got)
	}
}

// No query is an error, or finds what has nothing of it.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"hello", `"a b`, "東京", `"" OR *`, "x\x00y", "NEAR(", "{a b}: c", `a"*"b`, "-x", "🎉", strings.Repeat("é ", 50)} {
		f.Add(q)
	}
	r := newRoom(f)
	put(f, r, message(bob, 1, "nothing of that kind"), message(bob, 2, "hello a b 東京 x y 🎉 OR near c é"))
	f.Fuzz(func(t *testing.T, query string) {
		found, err := r.Search(query, "", 10)
		if err == ErrNoWords {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		for _, m := range found {
			for _, p := range parseQuery(query) {
				if !occurs(p, termsOf(m.Record)) {
					t.Fatalf("%q found %q", query, textsOf(found))
				}
			}
		}
	})
}
