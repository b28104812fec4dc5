package hook

import (
	"regexp"
	"strings"
	"testing"
)

const said = `{"v":1,"type":"message","id":"abcdef0123","room":"ops","peer":"key-of-bob","nick":"Bob","verified":true,"impostor":false,"kind":"text","text":"deploy now","own":false}`

func TestFilter(t *testing.T) {
	bob, ok := Parse([]byte(said))
	if !ok {
		t.Fatal("a message was not taken for one")
	}
	with := func(change func(*Message)) Message {
		m := bob
		change(&m)
		return m
	}
	stranger := with(func(m *Message) { m.Verified = false })
	for name, tc := range map[string]struct {
		filter Filter
		m      Message
		want   bool
	}{
		"nobody named":           {Filter{}, bob, false},
		"anyone":                 {Filter{Anyone: true}, stranger, true},
		"own":                    {Filter{Anyone: true}, with(func(m *Message) { m.Own = true }), false},
		"deleted":                {Filter{Anyone: true}, with(func(m *Message) { m.Content = "deleted" }), false},
		"key":                    {Filter{Keys: []string{"key-of-bob"}}, stranger, true},
		"another key":            {Filter{Keys: []string{"key-of-eve"}}, bob, false},
		"verified nick":          {Filter{Verified: []string{"bob"}}, bob, true},
		"nick of a stranger":     {Filter{Verified: []string{"bob"}}, stranger, false},
		"verified, but not bob":  {Filter{Verified: []string{"bob"}}, with(func(m *Message) { m.Impostor = true }), false},
		"another verified nick":  {Filter{Verified: []string{"carol"}}, bob, false},
		"whoever is verified":    {Filter{AllVerified: true}, bob, true},
		"whoever is not":         {Filter{AllVerified: true}, stranger, false},
		"room":                   {Filter{Anyone: true, Rooms: []string{"ops"}}, bob, true},
		"another room":           {Filter{Anyone: true, Rooms: []string{"lobby"}}, bob, false},
		"pattern":                {Filter{Anyone: true, Match: regexp.MustCompile("^deploy")}, bob, true},
		"pattern does not match": {Filter{Anyone: true, Match: regexp.MustCompile("^rollback")}, bob, false},
	} {
		if got := tc.filter.Takes(tc.m); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, line := range []string{"", "null", "[]", `{"type":"peer"}`, `{"type":"changed"}`, `{"type":"message","own":1}`} {
		if _, ok := Parse([]byte(line)); ok {
			t.Errorf("%s was taken for a message", line)
		}
	}
}

func TestEnvironment(t *testing.T) {
	m, _ := Parse([]byte(said))
	m.Text = "a\x00" + strings.Repeat("ä", maxVariable)
	env := environment([]string{"PATH=/bin"}, m)
	if env[0] != "PATH=/bin" {
		t.Error(env[0])
	}
	for _, v := range env {
		switch {
		case strings.ContainsRune(v, 0) || strings.ContainsRune(v, '\uFFFD') || len(v) > maxVariable+100:
			t.Errorf("%.40q of %d bytes", v, len(v))
		case strings.HasPrefix(v, "GOCHAT_NICK="):
			if v != "GOCHAT_NICK=Bob" {
				t.Error(v)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(said))
	f.Add([]byte(`{"type":"message","text":"\ud800"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, ok := Parse(line)
		if !ok {
			return
		}
		(Filter{AllVerified: true, Verified: []string{"bob"}}).Takes(m)
		for _, v := range environment(nil, m) {
			if strings.ContainsRune(v, 0) || len(v) > maxVariable+100 {
				t.Errorf("%.40q of %d bytes", v, len(v))
			}
		}
	})
}
