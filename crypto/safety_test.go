package crypto

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// TestWordList keeps the list as it is: another one would show other words.
func TestWordList(t *testing.T) {
	sum := sha256.Sum256([]byte(wordList))
	if got := hex.EncodeToString(sum[:]); got != "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda" {
		t.Errorf("the list has the sum %s", got)
	}
	beginnings := map[string]bool{}
	for _, w := range strings.Fields(wordList) {
		beginnings[w[:min(4, len(w))]] = true
	}
	if len(beginnings) != 1<<safetyBits {
		t.Errorf("%d words can be told apart by four letters", len(beginnings))
	}
}

func TestSafetyWords(t *testing.T) {
	key := func(i byte) PublicKey { return IdentityFromSeed([32]byte{i}).Public() }
	seen := map[string]bool{}
	for a := byte(1); a <= 3; a++ {
		for b := a; b <= 3; b++ {
			words := SafetyWords(key(a), key(b))
			if len(words) != SafetyWordCount || !slices.Equal(words, SafetyWords(key(b), key(a))) {
				t.Errorf("%d and %d see %v and %v", a, b, words, SafetyWords(key(b), key(a)))
			}
			if line := strings.Join(words, " "); seen[line] {
				t.Errorf("two pairs see %s", line)
			} else {
				seen[line] = true
			}
		}
	}
	const want = "paddle turkey outer gossip word walk curious jaguar client turkey field engine"
	if got := strings.Join(SafetyWords(key(1), key(2)), " "); got != want {
		t.Errorf("the words are %q, of old %q", got, want)
	}
}

func BenchmarkSafetyWords(b *testing.B) {
	k := IdentityFromSeed([32]byte{1}).Public()
	for b.Loop() {
		SafetyWords(k, PublicKey{})
	}
}
