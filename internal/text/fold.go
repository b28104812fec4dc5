package text

import (
	"strings"
	"unicode"
)

// lookalikes lists, per plain letter, those that readers take for it: Latin
// letters with marks (composed ones; separate marks fall away anyway),
// Cyrillic and Greek twins, digits. A small part of Unicode's confusables
// (UTS #39), lower case only: Fold lowers first.
var lookalikes = map[rune]string{
	'a': "àáâãäåāăąǎạảấầẩẫậắằẳẵặаαɑ",
	'b': "вьβƅ",
	'c': "çćĉċčсϲ",
	'd': "ďđԁɗ",
	'e': "èéêëēĕėęěẹẻẽếềểễệеёєε",
	'f': "ƒ",
	'g': "ĝğġģɡ",
	'h': "ĥħһнη",
	'j': "ĵјϳ",
	'k': "ķкκ",
	'l': "iìíîïĩīĭįıỉịĺļľŀł1|іїιɩӏ",
	'm': "мμ",
	'n': "ñńņňŋпν",
	'o': "òóôõöøōŏőọỏốồổỗộớờởỡợơ0оοσө",
	'p': "рρ",
	'q': "ԛ",
	'r': "ŕŗřгг",
	's': "śŝşšșѕ",
	't': "ţťŧțтτ",
	'u': "ùúûüũūŭůűųụủưứừửữựυ",
	'v': "ѵ",
	'w': "ŵԝωш",
	'x': "хχ",
	'y': "ýÿŷỳỵỷỹуүγ",
	'z': "źżžζ",
}

var plainLetter = func() map[rune]rune {
	m := make(map[rune]rune)
	for plain, twins := range lookalikes {
		for _, r := range twins {
			m[r] = plain
		}
	}
	return m
}()

// Fold reduces a nick to what it looks like: two nicks with equal folds are
// one name to a reader. It drops case, marks and joiners, and maps common
// lookalikes to one letter. Only for comparing, never for showing.
func Fold(nick string) string {
	var b strings.Builder
	for _, r := range nick {
		r = foldRune(r)
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case unicode.Is(unicode.M, r) || invisible(r) || r == zwj || r == zwnj:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func foldRune(r rune) rune {
	switch {
	case 0xff01 <= r && r <= 0xff5e: // full width
		r -= 0xff01 - '!'
	case 0x1d400 <= r && r <= 0x1d6a3: // mathematical letters, 26 capital and 26 small each
		r = 'a' + (r-0x1d400)%26
	case 0x1d7ce <= r && r <= 0x1d7ff: // mathematical digits
		r = '0' + (r-0x1d7ce)%10
	}
	// By the capital: ſ, ς and ı are only then equal to s, σ and i.
	r = unicode.ToLower(unicode.ToUpper(r))
	if plain, ok := plainLetter[r]; ok {
		return plain
	}
	return r
}
