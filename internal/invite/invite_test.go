package invite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gochat/crypto"
)

func full() Invite {
	return Invite{
		Room: "family", Secret: "only for us",
		Bootnodes: []Bootnode{{"boot.example:9595", crypto.RunPublic{1, 2, 3}}, {"wss://boot.example/gochat", crypto.RunPublic{}}},
		Inviter:   crypto.PublicKey{9, 8, 7}, Nick: "álice", Token: "a-token-of-sixteen",
	}
}

func TestRoundTrip(t *testing.T) {
	for _, v := range []Invite{full(), {Room: "lobby"}, {Room: strings.Repeat("r", 64), Secret: strings.Repeat("s", 1024)}} {
		line := v.String()
		if strings.ContainsAny(line, " \n") || !strings.HasPrefix(line, Scheme) {
			t.Errorf("not one word: %q", line)
		}
		if got, err := Parse(line); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%+v came back as %+v, %v", v, got, err)
		}
	}
}

// The bytes of version 1 never change.
func TestGolden(t *testing.T) {
	v := Invite{Room: "test", Bootnodes: []Bootnode{{"192.0.2.1:9595", crypto.RunPublic{1}}}, Inviter: crypto.PublicKey{2}, Nick: "bob"}
	const want = "gochat:aeagqaiaar2gk43uamac4aiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaage4telrqfyzc4mj2he2tsnieaaqaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaafaabwe33chztwufy"
	if got := v.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatDoesNotMatter(t *testing.T) {
	line := full().String()
	for name, text := range map[string]string{
		"a QR code":       strings.ToUpper(line),
		"a whole command": "gochat join " + line + "\n",
		"quoted":          "gochat join '" + line + "'",
		"typographically": "“" + line + "”",
		"wrapped":         line[:40] + "\r\n  " + line[40:90] + "\n" + line[90:],
		"digits for o, l": strings.NewReplacer("o", "0", "l", "1").Replace(line[len(Scheme):]),
	} {
		if name == "digits for o, l" {
			text = Scheme + text
		}
		if got, err := Parse(text); err != nil || !reflect.DeepEqual(got, full()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// bootnodeAt is what an invite with a bootnode begins with.
func bootnodeAt(address string) []byte {
	n := 32 + len(address)
	return append(append([]byte{1, 0, 0, kindRoom, 0, 1, 'r', kindBootnode, byte(n >> 8), byte(n)}, make([]byte, 32)...), address...)
}

func TestFaults(t *testing.T) {
	line := full().String()
	seal := func(b []byte) string {
		binary.BigEndian.PutUint16(b[1:], uint16(len(b)+sumLen))
		return Scheme + encoding.EncodeToString(append(b, sum(b)...))
	}
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"nothing":             {"", ErrNone},
		"another word":        {"hello", ErrNone},
		"the scheme alone":    {Scheme, ErrCut},
		"a sign":              {line[:30] + "!" + line[31:], ErrGarbled},
		"more behind":         {line + "aaaaaaaa", ErrGarbled},
		"too long":            {line + strings.Repeat(" ", MaxText), ErrTooLong},
		"a newer one":         {seal([]byte{2, 0, 0, 99, 1, 2, 3}), ErrNewer},
		"version 0":           {seal([]byte{0, 0, 0, kindRoom, 0, 1, 'r'}), ErrUnsound},
		"no room":             {seal([]byte{1, 0, 0, kindNick, 0, 1, 'n'}), errNoRoom},
		"half a field":        {seal([]byte{1, 0, 0, kindRoom, 0}), errFields},
		"a field too long":    {seal([]byte{1, 0, 0, kindRoom, 0, 2, 'r'}), errFields},
		"an empty field":      {seal([]byte{1, 0, 0, kindRoom, 0, 0}), errFields},
		"two rooms":           {seal([]byte{1, 0, 0, kindRoom, 0, 1, 'r', kindRoom, 0, 1, 's'}), errFields},
		"the wrong order":     {seal([]byte{1, 0, 0, kindSecret, 0, 1, 's', kindRoom, 0, 1, 'r'}), errFields},
		"a key too short":     {seal([]byte{1, 0, 0, kindRoom, 0, 1, 'r', kindInviter, 0, 1, 'k'}), errInviter},
		"a bootnode no where": {seal(append([]byte{1, 0, 0, kindRoom, 0, 1, 'r', kindBootnode, 0, 32}, make([]byte, 32)...)), errBootnode},
		"no inviter":          {seal(append([]byte{1, 0, 0, kindRoom, 0, 1, 'r', kindInviter, 0, 32}, make([]byte, 32)...)), errInviter},
		"nine bootnodes":      {seal(append([]byte{1, 0, 0, kindRoom, 0, 1, 'r'}, bytes.Repeat(append([]byte{kindBootnode, 0, 33}, bytes.Repeat([]byte{'a'}, 33)...), 9)...)), errBootnodes},
		"escapes to print":    {seal(bootnodeAt("a.example:1\x1b]0;x\a")), errAddress},
		"a letter of Latin-1": {seal(bootnodeAt("b\u009b1m.example:1")), errAddress},
		"a long address":      {seal(bootnodeAt(strings.Repeat("a", MaxAddress+1))), errAddress},
	} {
		if got, err := Parse(tc.text); !errors.Is(err, tc.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := Parse(Scheme + "aeag"); err != ErrCut {
		t.Errorf("before it says how many letters there are: %v", err)
	}
	known := seal([]byte{1, 0, 0, kindRoom, 0, 1, 'r', 200, 0, 1, 'x'})
	if got, err := Parse(known); err != nil || got.Room != "r" {
		t.Errorf("a kind of later is not passed over: %+v, %v", got, err)
	}
}

// Cut anywhere it says so; with any one letter another it is refused.
func TestEveryTypoShows(t *testing.T) {
	line := full().String()
	for n := len(Scheme); n < len(line); n++ {
		if _, err := Parse(line[:n]); !errors.Is(err, ErrCut) {
			t.Errorf("%d letters: %v", n, err)
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	for i := len(Scheme); i < len(line); i++ {
		for _, r := range letters {
			if byte(r) == line[i] {
				continue
			}
			if _, err := Parse(line[:i] + string(r) + line[i+1:]); err == nil {
				t.Errorf("%q at %d goes through", r, i)
			}
		}
	}
}

func TestWhatNoLineHolds(t *testing.T) {
	for _, v := range []Invite{
		{}, {Room: "r", Secret: strings.Repeat("s", MaxValue+1)}, {Room: "r", Bootnodes: make([]Bootnode, MaxBootnodes+1)}, {Room: "r", Bootnodes: make([]Bootnode, 1)},
		{Room: "r", Bootnodes: []Bootnode{{Address: "a.example:1\x1b[2J"}}}, {Room: "r", Bootnodes: []Bootnode{{Address: "a b"}}},
	} {
		if line := v.String(); line != "" {
			t.Errorf("%+v became %s", v, line)
		}
	}
}

// addressesPrint checks that what is printed of an invite moves no cursor.
func addressesPrint(t *testing.T, v Invite) {
	t.Helper()
	for _, b := range v.Bootnodes {
		if len(b.Address) > MaxAddress || strconv.QuoteToASCII(b.Address) != `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(b.Address)+`"` {
			t.Errorf("the address %q", b.Address)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full().String())
	f.Add("gochat join '" + Invite{Room: "lobby"}.String() + "'")
	f.Add(Scheme + "aeaaa")
	f.Add("gochat:")
	f.Add(Invite{Room: "r", Bootnodes: []Bootnode{{Address: "[fe80::1%eth0]:9595"}}}.String())
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		addressesPrint(t, v)
		if again, err := Parse(v.String()); err != nil || !reflect.DeepEqual(again, v) {
			t.Errorf("%+v came back as %+v, %v", v, again, err)
		}
	})
}

func FuzzBytes(f *testing.F) {
	b, _ := encoding.DecodeString(strings.TrimPrefix(full().String(), Scheme))
	f.Add(b[headLen : len(b)-sumLen])
	f.Add(bootnodeAt("a.example:1\x1b[2J")[headLen:])
	f.Fuzz(func(t *testing.T, fields []byte) {
		if len(fields) > MaxBytes-headLen-sumLen {
			return
		}
		body := append([]byte{Version, 0, 0}, fields...)
		binary.BigEndian.PutUint16(body[1:], uint16(len(body)+sumLen))
		if v, err := parse(append(body, sum(body)...)); err == nil {
			addressesPrint(t, v)
			if again, err := Parse(v.String()); err != nil || !reflect.DeepEqual(again, v) {
				t.Errorf("%+v came back as %+v, %v", v, again, err)
			}
		}
	})
}
