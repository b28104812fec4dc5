package front

import (
	"fmt"
	"strings"

	"gochat/peer"
)

// exposed says what others know, for /exposed.
func exposed(c call) Result { return Result{Lines: Exposed(c.sess.Exposed())} }

// Exposed says in words what others know of this member.
func Exposed(x peer.Exposure) (lines []string) {
	for _, b := range x.Bootnodes {
		lines = append(lines, "bootnode "+b.Address)
		if b.Since.IsZero() {
			lines = append(lines, "  has not taken you in")
			continue
		}
		lines = append(lines, fmt.Sprintf("  sees you at %s since %s, and every %s that you are there", known(b.Observed), Clock(b.Since), b.Every))
		for _, r := range b.Rooms {
			lines = append(lines, "  knows the room "+r.Name+" by the tag "+r.Tag+" alone")
		}
		if b.Packets > 0 {
			lines = append(lines, fmt.Sprintf("  carried %s of yours, %s, sealed: it knows between whom, when and how much", count(int(b.Packets), "packet"), size(b.Bytes)))
		}
	}
	for _, s := range x.Servers {
		lines = append(lines, "STUN server "+s.Address+" sees you at "+s.Observed)
	}
	if len(x.Announced) > 0 {
		lines = append(lines, "whoever knows a room's name and secret can read: "+strings.Join(x.Announced, ", "))
	}
	for _, m := range x.Members {
		lines = append(lines, Person(m.Person)+" "+knowledge(m))
	}
	if len(x.Own) > 0 && x.Disclose != peer.ToNobody {
		lines = append(lines, "your addresses: "+strings.Join(x.Own, ", "))
	}
	advice := map[peer.Disclosure]string{
		peer.ToEverybody: "--direct verified keeps your addresses for those you have verified, --relay-only for nobody.",
		peer.ToVerified:  "only those you have verified learn your addresses (--direct verified).",
		peer.ToNobody:    "no member learns your address (--relay-only).",
	}
	return append(lines, advice[x.Disclose])
}

// knowledge is what a member knows.
func knowledge(m peer.MemberExposure) string {
	way := map[peer.Path]string{peer.PathDirect: ", and talks to you directly", peer.PathRelay: ", and is met by relay"}[m.Path]
	switch {
	case m.Knows && m.Path == peer.PathDirect:
		return "knows your addresses" + way
	case m.Knows:
		return "may know your addresses" + way
	case m.Knew:
		return "has known your addresses, before you took the verification back" + way
	}
	return "knows no address of yours" + way
}

func known(s string) string {
	if s == "" {
		return "an address that it has not told"
	}
	return s
}

// size is a number of bytes for people.
func size(n uint64) string {
	switch {
	case n < 1000:
		return count(int(n), "byte")
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
