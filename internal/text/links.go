package text

import (
	"net/url"
	"strings"
)

// Limits of what is taken for a link.
const (
	maxLink  = 2048 // bytes
	maxLinks = 64   // in one text
)

// Links finds the web addresses in s, as byte ranges: http and https, written in
// printable ASCII, so that none can look like another, and without a user's name,
// behind which https://bank.example@evil.example would hide where it leads.
func Links(s string) (links [][2]int) {
	for at := 0; len(links) < maxLinks; {
		i := strings.Index(s[at:], "://")
		if i < 0 {
			break
		}
		start, colon := linkStart(s, at, at+i), at+i
		at = colon + len("://")
		if start < 0 {
			continue
		}
		end, next := linkEnd(s, at)
		at = next
		if end-start > maxLink {
			continue
		}
		if u, err := url.Parse(s[start:end]); err == nil && u.User == nil && u.Hostname() != "" {
			links = append(links, [2]int{start, end})
		}
	}
	return links
}

// linkStart is where the scheme before a colon begins, -1 if it is none of ours
// or in the middle of a word.
func linkStart(s string, from, colon int) int {
	for _, scheme := range []string{"https", "http"} {
		start := colon - len(scheme)
		if start >= from && strings.EqualFold(s[start:colon], scheme) {
			if start > 0 && (linkByte(s[start-1]) && !strings.ContainsRune(`("'[{<,:=`, rune(s[start-1])) || s[start-1] >= 0x80) {
				return -1
			}
			return start
		}
	}
	return -1
}

// linkEnd is where an address ends: before what is no part of one, and before
// the marks that end a sentence. A bracket belongs to it if it was opened there.
// next is where to look for another: no byte is looked at twice, since others
// choose how many there are.
func linkEnd(s string, at int) (end, next int) {
	end = at
	for end < len(s) && linkByte(s[end]) {
		end++
	}
	if end < len(s) && s[end] >= 0x80 {
		return at, end // it goes on in other letters: not to be shortened to something else
	}
	said := s[at:end]
	round := strings.Count(said, ")") - strings.Count(said, "(") // so many more close than open
	square := strings.Count(said, "]") - strings.Count(said, "[")
	for end > at {
		switch c := s[end-1]; {
		case strings.IndexByte(`.,;:!?'*_`, c) >= 0:
		case c == ')' && round > 0:
			round--
		case c == ']' && square > 0:
			square--
		default:
			return end, end
		}
		end--
	}
	return end, end
}

// linkByte reports what an address is made of.
func linkByte(c byte) bool { return c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}", c) < 0 }
