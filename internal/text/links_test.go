package text

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLinks(t *testing.T) {
	for in, want := range map[string][]string{
		"":                                                  nil,
		"see https://example.org/a?b=c#d now":               {"https://example.org/a?b=c#d"},
		"https://a.example, http://b.example.":              {"https://a.example", "http://b.example"},
		"(https://a.example/x_(y))":                         {"https://a.example/x_(y)"},
		"[text](https://a.example/)":                        {"https://a.example/"},
		"<https://a.example>":                               {"https://a.example"},
		`"https://a.example"`:                               {"https://a.example"},
		"HTTPS://A.example!":                                {"HTTPS://A.example"},
		"https://[2001:db8::1]:80/x]":                       {"https://[2001:db8::1]:80/x"},
		"https://bank.example@evil.example/":                nil,
		"https://u:p@evil.example/":                         nil,
		"https://bаnk.example/":                             nil, // a Cyrillic letter
		"https://a.example/日本":                              nil,
		"日https://a.example":                                nil,
		"xhttps://a.example":                                nil,
		"javascript://a.example":                            nil,
		"ftp://a.example file:///etc/passwd":                nil,
		"https:// http://":                                  nil,
		"https://":                                          nil,
		"https://.":                                         nil,
		"://://https://a.example://x":                       nil,
		"a\nhttps://a.example\nb":                           {"https://a.example"},
		"https://a.example/" + strings.Repeat("x", maxLink): nil,
	} {
		var got []string
		for _, l := range Links(in) {
			got = append(got, in[l[0]:l[1]])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Links(strings.Repeat("https://a.example ", 1000)); len(got) != maxLinks {
		t.Errorf("%d links", len(got))
	}
}

// Others say how long a text is, and what it is made of.
func TestLinksTimeIsLinear(t *testing.T) {
	const guard = 5 * time.Second // some milliseconds, unless it is quadratic
	for in, want := range map[string]int{
		"http://a/" + strings.Repeat(")", 1<<20):       1,
		"http://a/" + strings.Repeat("]", 1<<20):       1,
		strings.Repeat("=http://", 1<<17) + "日":        0,
		"http://a/" + strings.Repeat("[](_.)", 1<<18):  0,
		"http://a/(x)" + strings.Repeat(")].,", 1<<18): 1,
	} {
		begun := time.Now()
		if got := Links(in); len(got) != want {
			t.Errorf("%.20q…: %d links, want %d", in, len(got), want)
		}
		if took := time.Since(begun); took > guard {
			t.Errorf("%.20q… took %v", in, took)
		}
	}
}

func FuzzLinks(f *testing.F) {
	for _, s := range []string{"https://a.example/x.", "http://a@b", "https://[::1", "(https://a_(b)c)", "https://\xff", "https://a\x1b]8;;x", "://", "https://a.example/\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, l := range Links(s) {
			if l[0] < last || l[1] <= l[0] || l[1] > len(s) {
				t.Fatalf("%q: %v behind %d", s, l, last)
			}
			last = l[1]
			link := s[l[0]:l[1]]
			u, err := url.Parse(link)
			if err != nil || u.Host == "" || u.User != nil || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
				t.Fatalf("%q taken for a link: %v", link, err)
			}
			for i := range len(link) {
				if link[i] <= ' ' || link[i] > '~' {
					t.Fatalf("%q in a link", link[i])
				}
			}
		}
	})
}
