package text

import "testing"

func TestBeginsWithAt(t *testing.T) {
	for s, want := range map[string]bool{
		"@bob": true, " @bob": true, "＠bob": true, "﹫bob": true, "\u2003@": true,
		"": false, " ": false, "bob@": false, "lobby": false, "\xff": false, "\ufffd": false,
	} {
		if got := BeginsWithAt(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
