package crypto

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	_ "embed"
	"strings"
)

// SafetyWordCount is how many words two people compare: 11 bits each.
const SafetyWordCount = 12

const (
	safetyContext = "gochat/1 safety"
	safetyBits    = 11 // of a word
	// safetyRounds makes each try of somebody who looks for two keys that
	// show both ends the same words 65,536 times as dear.
	safetyRounds = 1 << 16
)

// The English list of BIP 39: common words that differ in their first four
// letters, so that they survive being read aloud.
//
//go:embed words.txt
var wordList string

// SafetyWords are twelve words of two keys, alike on both ends: whoever reads
// the same ones aloud on another channel has nobody in between. They are the
// first 132 bits of PBKDF2 (RFC 8018) over both keys, the lower first.
func SafetyWords(a, b PublicKey) []string {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	sum, err := pbkdf2.Key(sha256.New, string(a[:])+string(b[:]), []byte(safetyContext), safetyRounds, (SafetyWordCount*safetyBits+7)/8)
	if err != nil {
		panic("crypto: pbkdf2: " + err.Error()) // the lengths are constants
	}
	list := strings.Fields(wordList)
	words := make([]string, SafetyWordCount)
	for i := range words {
		n := 0
		for bit := i * safetyBits; bit < (i+1)*safetyBits; bit++ {
			n = n<<1 | int(sum[bit/8]>>(7-bit%8)&1)
		}
		words[i] = list[n]
	}
	return words
}
