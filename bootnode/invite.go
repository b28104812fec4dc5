package bootnode

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Bounds of a list of invitations.
const (
	MaxInvitations = 10_000
	maxGuestName   = 64
	maxToken       = 128
)

// Invitations are the tokens that open a bootnode, by their ids.
type Invitations map[[8]byte]guest

type guest struct{ name, token string }

// ParseInvitations reads lines of name:token; empty ones and those that begin
// with # are skipped. A name may stand on several lines. The error says which
// line is wrong and never what stands there.
func ParseInvitations(b []byte) (Invitations, error) {
	list := Invitations{}
	for n, raw := range bytes.Split(b, []byte("\n")) {
		line := strings.TrimSpace(string(raw))
		if line == "" || line[0] == '#' {
			continue
		}
		name, token, ok := strings.Cut(line, ":")
		name, token = strings.TrimSpace(name), strings.TrimSpace(token)
		switch {
		case !ok:
			return nil, fmt.Errorf("line %d is not NAME:TOKEN", n+1)
		case name == "" || len(name) > maxGuestName || !printable(name):
			return nil, fmt.Errorf("line %d has no name of at most %d printable bytes without spaces", n+1, maxGuestName)
		case len(token) < crypto.MinToken || len(token) > maxToken || !printable(token):
			return nil, fmt.Errorf("line %d has no token of %d to %d printable bytes without spaces", n+1, crypto.MinToken, maxToken)
		case len(list) >= MaxInvitations:
			return nil, fmt.Errorf("line %d is over the %d invitations that one bootnode can have", n+1, MaxInvitations)
		}
		id := crypto.InvitationID(token)
		if old, taken := list[id]; taken && old.name != name {
			return nil, fmt.Errorf("line %d has a token that another name has, too", n+1)
		}
		list[id] = guest{name, token}
	}
	return list, nil
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' })
}

// proves reports whether a REGISTER shows one of the tokens.
func (l Invitations) proves(bootnode crypto.RunPublic, f *wire.Register) bool {
	g, ok := l[f.Invitation.ID]
	return ok && f.Invitation.Proves(g.token, bootnode, f.Cookie, f.Tag, f.Run)
}

// name is whose token a REGISTER names, which it need not have; "": nobody's.
func (l Invitations) name(f *wire.Register) string { return l[f.Invitation.ID].name }

// guest is by whose invitation a member is here; "": nobody's.
func (d *Directory) guest(m *member) string { return d.cfg.Invited[d.guests[m.id]].name }

// textID is a greeting's id: the same words have the same, also after a restart.
func textID(text string) (id uint32) {
	sum := sha256.Sum256([]byte(text))
	for _, b := range sum[:4] {
		id = id<<8 | uint32(b)
	}
	return max(id, 1)
}
