package peer

import (
	"gochat/crypto"
	"gochat/internal/text"
)

// Known is what a user knows of names and keys.
type Known interface {
	// First returns the key that first used a folded nick.
	First(folded string) (key crypto.PublicKey, known bool)
	Verified(key crypto.PublicKey) bool
}

// Standing is what somebody is called here who claims a nick. That of a verified
// key is refused to others: who claims it goes by the name that is made from his
// key, and claims says what he calls himself. Other nicks may be used by several;
// all but the first one, and whoever is verified, are impostors.
func Standing(of Known, nick string, key crypto.PublicKey) (called string, impostor bool, claims string) {
	first, known := of.First(text.Fold(nick))
	switch {
	case !known || first == key:
		return nick, false, ""
	case of.Verified(first) && !of.Verified(key):
		return key.Nickname(), false, nick
	}
	return nick, true, ""
}

// standing is Standing in short.
type standing struct {
	nick     string
	impostor bool
	claims   string
}

// standing says what the owner of a key is called. The own nick is one's own.
func (n *Node) standing(nick string, key crypto.PublicKey) standing {
	if key != n.Key() && text.Fold(nick) == text.Fold(n.nick) {
		return standing{nick: nick, impostor: true}
	}
	var s standing
	s.nick, s.impostor, s.claims = Standing(n.cfg.Names, nick, key)
	return s
}

// stand notes what a member who takes part is called, and tells the user of
// somebody who uses the name of another.
func (m *member) stand() {
	key, r := m.contact.key, m.room
	r.pin(m.nick, key)
	was, now := m.standing, r.node.standing(m.nick, key)
	m.standing = now
	if now == was || r.node.Ignored(key) {
		return
	}
	who := m.nick + "#" + key.Suffix()
	switch {
	case now.claims != "":
		r.emit(Notice{Room: r.name, Level: Warning, Code: CodeNickRefused, Text: who +
			" calls itself " + now.claims + ", but you verified " + now.claims + " with another key, so it is called " + now.nick + "#" + key.Suffix() +
			" here. If it says that " + now.claims + " has a new device, compare keys first: /verify " + now.nick + "#" + key.Suffix()})
	case now.impostor && !was.impostor:
		first := r.pin(m.nick, key)
		r.emit(Notice{Room: r.name, Level: Warning, Code: CodeNickKey, Text: who +
			" uses the name " + m.nick + ", but is not the " + m.nick + "#" + first.Suffix() + " you know: the key is another. Compare keys before you trust it."})
	}
}
