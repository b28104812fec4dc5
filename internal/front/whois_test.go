package front_test

import (
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

// columns is what a terminal of 40 has beside the time of day.
const columns = 34

// whois is what the command says, and the key in it, put together again.
func whoisOf(t *testing.T, lines []string) (key string) {
	t.Helper()
	for _, line := range lines {
		value, isKey := strings.CutPrefix(line, "  key     ")
		if !isKey && strings.HasPrefix(line, "          ") {
			value, isKey = line, true
		}
		if isKey {
			key += strings.Join(strings.Fields(value), "")
		}
		if isKey && text.Width(line) > columns {
			t.Errorf("%d cells: %q", text.Width(line), line)
		}
	}
	return key
}

// A fact a line, the key in groups that fit 40 columns, and what to do.
func TestWhois(t *testing.T) {
	m := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond).Member
	m.Address, m.Away, m.Status = "203.0.113.9:4000", true, "tea"
	lines := front.Whois(m)
	if got := whoisOf(t, lines); got != m.Key.String() {
		t.Errorf("the key %s, want %s", got, m.Key)
	}
	suffix := m.Key.Suffix()
	at := m.Since.Local().Format("2 Jan 15:04")
	want := strings.Join([]string{
		"  trust   not verified", "  path    direct, 12 ms", "  address 203.0.113.9:4000", "  seen    here since " + at,
		"  status  away: tea", "  next    /verify bob#" + suffix + " shows words to compare by voice",
	}, "\n")
	if got := strings.Join(lines, "\n"); !strings.HasPrefix(got, "bob#"+suffix+"\n  key     ") || !strings.HasSuffix(got, "\n"+want) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for _, c := range []struct {
		change func(*peer.Member)
		want   string
		hides  string
	}{
		{func(m *peer.Member) { m.State = peer.Unreachable }, "seen    out of reach since " + at, "here since"},
		{func(m *peer.Member) { m.State = peer.Connecting }, "seen    connecting since " + at, "here since"},
		{func(m *peer.Member) { m.State = peer.Left }, "seen    left on " + at, "here since"},
		{func(m *peer.Member) { m.Since = time.Time{} }, "trust   not verified", "seen"},
		{func(m *peer.Member) { m.Verified, m.Inviter = true, true }, "trust   verified by you; invited you here", "next"},
		{func(m *peer.Member) { m.Ignored = true }, "quiet   ignored by you: /unignore bob#" + suffix, "nothing"},
		{func(m *peer.Member) { m.Impostor = true }, "warning the nick bob was first seen with another key", "nothing"},
		{func(m *peer.Member) { m.Claims = "eve" }, "warning it calls itself eve", "nothing"},
	} {
		x := m
		c.change(&x)
		got := strings.Join(front.Whois(x), "\n")
		if !strings.Contains(got, c.want) || strings.Contains(got, c.hides) {
			t.Errorf("want %q and not %q:\n%s", c.want, c.hides, got)
		}
	}
}

// A key copied from /whois, in groups and over several rows, is one to commands.
func TestGroupedKey(t *testing.T) {
	s := fronttest.New()
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	s.SetMembers(bob)
	var groups []string
	for rest := bob.Key.String(); rest != ""; rest = rest[4:] {
		groups = append(groups, rest[:4])
	}
	key := strings.Join(groups[:5], " ") + "\n          " + strings.Join(groups[5:], " ")
	suffix := bob.Key.Suffix()
	expect(t, commander(s),
		"/whois "+key, "bob#"+suffix,
		"/whois "+strings.ToUpper(key), "bob#"+suffix,
		"/verify "+key, "Compare these words with bob#"+suffix,
		"/verified "+key, "bob#"+suffix+" is verified",
		"/unverify "+key+" now", "!usage: /unverify",
		"/unverify "+key, "is not verified any more",
		"/ignore "+key, "you ignore bob#"+suffix,
		"/unignore "+key, "you hear of bob#"+suffix,
		"/verify "+strings.Join(groups[:12], " "), "!usage: /verify",
	)
	before := len(s.Sent())
	if r := front.Execute(s, s.Room, "/msg "+key+" see you\nthere"); r.Failed {
		t.Errorf("%q", r.Lines)
	}
	if sent := s.Sent(); len(sent) != before+1 || sent[before] != "see you\nthere" {
		t.Errorf("sent %q", sent)
	}
}
