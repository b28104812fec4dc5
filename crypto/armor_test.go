package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func count(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// Written by another program.
const armored20 = `BEGIN GOCHAT THING
 1: aaaq eaye auda ocaj bifq ydio bmyn
 2: b4ib ceqt biro
END GOCHAT THING
`

func TestArmorGolden(t *testing.T) {
	if got := Armor("THING", count(20)); got != armored20 {
		t.Errorf("got\n%s\nwant\n%s", got, armored20)
	}
}

func TestArmorRoundTrip(t *testing.T) {
	for _, n := range []int{1, 2, 14, 15, 16, 29, 30, 31, 90, armorLine * armorLines} {
		text := Armor("THING", count(n))
		got, err := Unarmor("THING", text)
		if err != nil || !bytes.Equal(got, count(n)) {
			t.Errorf("%d bytes: %x, %v\n%s", n, got, err, text)
		}
		for line := range strings.Lines(text) {
			if len(line) > 41 {
				t.Errorf("%q is too long for a narrow sheet", line)
			}
		}
	}
}

// What mail programs, printers and people do to a text.
func TestArmorSurvives(t *testing.T) {
	data := count(40)
	text := Armor("THING", data)
	for name, mangled := range map[string]string{
		"prose":     "Hello,\nhere it is: my 12 words\n\n" + text + "\n-- \nAnn",
		"quoted":    "> > " + strings.ReplaceAll(text, "\n", "\r\n> > "),
		"one line":  strings.Join(strings.Fields(text), " "),
		"no spaces": "BEGIN GOCHAT THING" + strings.ReplaceAll(text[18:len(text)-17], " ", "") + "END GOCHAT THING",
		"capitals":  strings.ToUpper(text),
		"rules":     strings.NewReplacer("BEGIN", "-----BEGIN", "END", "—END", "THING", "THING—").Replace(text),
		"wide":      "\ufeff" + strings.ReplaceAll(text, " ", "\u00a0"),
		"utf-16":    "\xff\xfe" + strings.Join(strings.Split(text, ""), "\x00") + "\x00",
		"digits":    strings.NewReplacer("o", "0", "l", "1", "b", "8").Replace(text),
	} {
		if got, err := Unarmor("THING", mangled); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %v\n%s", name, err, mangled)
		}
	}
}

func TestArmorNamesTheLine(t *testing.T) {
	lines := strings.SplitAfter(Armor("THING", count(40)), "\n") // marks, three lines, ""
	join := func(l ...string) string { return strings.Join(l, "") }
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"typo":           {join(lines[0], lines[1], strings.Replace(lines[2], "q", "z", 1), lines[3], lines[4]), 2},
		"letter short":   {join(lines[0], lines[1][:10]+lines[1][11:], lines[2], lines[3], lines[4]), 1},
		"line missing":   {join(lines[0], lines[1], lines[3], lines[4]), 2},
		"last missing":   {join(lines[0], lines[1], lines[2], lines[4]), 3},
		"lines swapped":  {join(lines[0], lines[2], lines[1], lines[3], lines[4]), 1},
		"line twice":     {join(lines[0], lines[1], lines[1], lines[2], lines[3], lines[4]), 2},
		"renumbered":     {join(lines[0], lines[1], strings.Replace(lines[3], "3:", "2:", 1), lines[4]), 2},
		"more behind":    {join(lines[0], lines[1], lines[2], lines[3], " 4: aaaa aaaa\n", lines[4]), 3},
		"nothing inside": {join(lines[0], " 1:\n", lines[4]), 1},
	} {
		_, err := Unarmor("THING", c.text)
		if !errors.Is(err, ErrArmor) || !strings.Contains(err.Error(), fmt.Sprintf("line %d ", c.line)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := join(lines...)
	for name, text := range map[string]string{
		"nothing": "", "no end": join(lines[:4]...), "no begin": join(lines[1:]...), "empty": join(lines[0], lines[4]),
		"other": strings.ReplaceAll(whole, "THING", "THANG"), "flood": strings.Repeat(" ", maxArmorText) + whole,
	} {
		if _, err := Unarmor("THING", text); !errors.Is(err, ErrArmor) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnarmor(f *testing.F) {
	f.Add(Armor("THING", count(40)))
	f.Add(Armor("THING", nil))
	f.Add("BEGIN GOCHAT THING 1: END GOCHAT THING")
	f.Add("BEGIN GOCHAT THING 1:4 txhz END GOCHAT THING") // a letter that decodes to nothing
	f.Fuzz(func(t *testing.T, text string) {
		data, err := Unarmor("THING", text)
		if err != nil {
			return
		}
		if again, err := Unarmor("THING", Armor("THING", data)); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x becomes %x, %v", data, again, err)
		}
	})
}

func TestExportIdentity(t *testing.T) {
	id, pass := IdentityFromSeed([32]byte{1}), []byte("correct horse")
	text, err := ExportIdentity(id, pass)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text, "\n"); n != 8 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	x, err := ParseExportedIdentity("My key:\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := x.Open(pass); err != nil || got.Public() != id.Public() {
		t.Errorf("%v", err)
	}
	if _, err := ExportIdentity(id, nil); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("without a passphrase: %v", err)
	}
	if _, err := ParseExportedIdentity(text[:100]); !errors.Is(err, ErrArmor) {
		t.Errorf("half a text: %v", err)
	}
	if _, err := ParseExportedIdentity(Armor(armorIdentity, count(91))); !errors.Is(err, ErrNotLocked) {
		t.Errorf("another length: %v", err)
	}
	for want, kind := range map[error]LockKind{ErrPassphrase: LockIdentity, ErrNotLocked: LockProfile} {
		locked, _ := Lock(kind, pass, make([]byte, 32), cheap)
		x, err := ParseExportedIdentity(Armor(armorIdentity, locked))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Open([]byte("wrong horse")); !errors.Is(err, want) {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}
