package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold writes a letter as it stands in the index: small and without accents,
// so that a search finds a word however it was written. It joins all that
// SQLite's own unicode61 tokenizer joins (remove_diacritics 2), and Greek and
// other accents besides.
func fold(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		b.WriteByte(byte(r))
		return
	}
	r = unicode.ToLower(unicode.ToUpper(r)) // by way of the capital: ς is σ, ſ is s
	if plain, ok := plainLetters[r]; ok {
		b.WriteString(plain)
		return
	}
	b.WriteRune(r)
}

var plainLetters = invert(map[string]string{
	"a":  "àáâãäåāăąǎǟǡǻȁȃȧḁẚạảấầẩẫậắằẳẵặ",
	"b":  "ḃḅḇ",
	"c":  "çćĉċčḉ",
	"d":  "ďđḋḍḏḑḓð",
	"e":  "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
	"f":  "ḟ",
	"g":  "ĝğġģǧǵḡ",
	"h":  "ĥħȟḣḥḧḩḫẖ",
	"i":  "ìíîïĩīĭįıǐȉȋḭḯỉị",
	"j":  "ĵǰ",
	"k":  "ķǩḱḳḵ",
	"l":  "ĺļľłḷḹḻḽ",
	"m":  "ḿṁṃ",
	"n":  "ñńņňǹṅṇṉṋ",
	"o":  "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
	"p":  "ṕṗ",
	"r":  "ŕŗřȑȓṙṛṝṟ",
	"s":  "śŝşšșṡṣṥṧṩẛ",
	"t":  "ţťŧțṫṭṯṱẗ",
	"u":  "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
	"v":  "ṽṿ",
	"w":  "ŵẁẃẅẇẉẘ",
	"x":  "ẋẍ",
	"y":  "ýÿŷȳẏẙỳỵỷỹ",
	"z":  "źżžẑẓẕ",
	"ae": "æǣǽ",
	"oe": "œ",
	"ss": "ß",
	"th": "þ",
	"α":  "άὰάᾶἀἁ",
	"ε":  "έὲέἐἑ",
	"η":  "ήὴήῆἠἡ",
	"ι":  "ίϊΐὶίῖἰἱ",
	"ο":  "όὸόὀὁ",
	"υ":  "ύϋΰὺύῦὐὑ",
	"ω":  "ώὼώῶὠὡ",
	"е":  "ё",
})

// invert makes a table by letter of one by what is written for it.
func invert(lists map[string]string) map[rune]string {
	m := make(map[rune]string)
	for plain, letters := range lists {
		for _, r := range letters {
			m[r] = plain
		}
	}
	return m
}
