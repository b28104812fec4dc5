package crypto

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// Armor is data as text that survives mail, chat and paper:
//
//	BEGIN GOCHAT <WHAT>
//	 1: inbu yanu bvaa caaa iaae aaaa k3mz
//	 …
//	END GOCHAT <WHAT>
//
// A line has 15 bytes of data in base32 and a check of four letters, the first
// 20 bits of SHA-256(number of the line ‖ 1 for the last line, else 0 ‖ data).
// So a slip of the pen is found in its line, before any passphrase is asked.
// The last line has what is left.

const (
	armorLine  = 15 // bytes of data
	armorCheck = 4  // letters
	armorLines = 99
	// maxArmorText bounds the text looked at, other people's words included.
	maxArmorText = 64 << 10
)

// ErrArmor says that a text holds no data that Armor wrote, or not all of it.
var ErrArmor = errors.New("the text is incomplete or mistyped")

// Armor writes 1 to 1485 bytes of data as text. What is one word in capitals.
func Armor(what string, data []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN GOCHAT %s\n", what)
	for n := 1; ; n++ {
		line := data[:min(armorLine, len(data))]
		data = data[len(line):]
		fmt.Fprintf(&b, "%2d: %s %s\n", n, inGroups(keyEncoding.EncodeToString(line)), armorSum(n, line, len(data) == 0))
		if len(data) == 0 {
			break
		}
	}
	fmt.Fprintf(&b, "END GOCHAT %s\n", what)
	return b.String()
}

// Unarmor reads what Armor wrote, wherever in the text it stands. Line ends,
// spaces, case, quotation marks and rules around it do not matter, nor does
// a zero typed for an o. The error is ErrArmor with the line that is wrong.
func Unarmor(what, text string) ([]byte, error) {
	if len(text) > maxArmorText {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrArmor, maxArmorText)
	}
	words, ok := armored(strings.ToLower(what), text)
	if !ok {
		return nil, fmt.Errorf("%w: nothing stands between BEGIN GOCHAT %s and END GOCHAT %s", ErrArmor, what, what)
	}
	var data []byte
	for n := 1; n <= armorLines; n++ {
		var line []byte
		var last bool
		if line, last, words, ok = armorNext(n, words); !ok {
			return nil, fmt.Errorf("%w: line %d is not as it was written", ErrArmor, n)
		}
		data = append(data, line...)
		if last && len(words) == 0 {
			return data, nil
		}
		if last {
			return nil, fmt.Errorf("%w: line %d is the last, but more follows", ErrArmor, n)
		}
	}
	return nil, fmt.Errorf("%w: more than %d lines", ErrArmor, armorLines)
}

// armored finds the words between the marks.
func armored(what, text string) (words []string, ok bool) {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == ':':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r == 0: // UTF-16, as some shells write files
			return -1
		}
		return ' '
	}, text)
	words = strings.Fields(strings.ReplaceAll(text, ":", ": "))
	begin := findWords(words, "begin", "gochat", what)
	if begin < 0 {
		return nil, false
	}
	words = words[begin+3:]
	end := findWords(words, "end", "gochat", what)
	if end <= 0 {
		return nil, false
	}
	return words[:end], true
}

func findWords(words []string, a, b, c string) int {
	for i := range len(words) - 2 {
		if words[i] == a && words[i+1] == b && words[i+2] == c {
			return i
		}
	}
	return -1
}

// armorNext takes line n off the words.
func armorNext(n int, words []string) (line []byte, last bool, rest []string, ok bool) {
	if len(words) == 0 || words[0] != fmt.Sprintf("%d:", n) {
		return nil, false, nil, false
	}
	end := 1
	for end < len(words) && !strings.HasSuffix(words[end], ":") {
		end++
	}
	text := slipOfThePen.Replace(strings.Join(words[1:end], ""))
	if len(text) <= armorCheck {
		return nil, false, nil, false
	}
	text, check := text[:len(text)-armorCheck], text[len(text)-armorCheck:]
	line, err := keyEncoding.DecodeString(text)
	if err != nil || len(line) == 0 || len(line) > armorLine || keyEncoding.EncodeToString(line) != text {
		return nil, false, nil, false
	}
	last = check == armorSum(n, line, true)
	if !last && (check != armorSum(n, line, false) || len(line) != armorLine) {
		return nil, false, nil, false
	}
	return line, last, words[end:], true
}

// slipOfThePen mends digits that base32 does not have.
var slipOfThePen = strings.NewReplacer("0", "o", "1", "l", "8", "b")

func armorSum(n int, line []byte, last bool) string {
	mark := byte(0)
	if last {
		mark = 1
	}
	sum := sha256.Sum256(append([]byte{byte(n), mark}, line...))
	return keyEncoding.EncodeToString(sum[:])[:armorCheck]
}

// inGroups puts a space after each fourth letter.
func inGroups(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
