package peer

import (
	"slices"

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

// Namesake is whose name an impostor uses: the zero Namesake, if it is not known
// how that one spells it.
type Namesake struct {
	Nick string // as that one is called
	Own  bool   // it is this member
}

// standing is Standing in short.
type standing struct {
	nick     string
	impostor bool
	claims   string
	namesake Namesake
}

// standing says what the owner of a key is called. The own nick is one's own.
func (n *Node) standing(nick string, key crypto.PublicKey) standing {
	if key != n.Key() && text.Fold(nick) == text.Fold(n.nick) {
		return standing{nick: nick, impostor: true, namesake: Namesake{Nick: n.nick, Own: true}}
	}
	var s standing
	if s.nick, s.impostor, s.claims = Standing(n.cfg.Names, nick, key); s.impostor {
		s.namesake = n.namesake(nick)
	}
	return s
}

// namesake is who used a nick first, as he spells it. Loop only.
func (n *Node) namesake(nick string) Namesake {
	folded := text.Fold(nick)
	if first, known := n.cfg.Names.First(folded); known {
		if own, ok := n.nickOf(first); ok && text.Fold(own) == folded {
			return Namesake{Nick: own}
		}
	}
	return Namesake{Nick: nick}
}

// stand notes what a member who takes part is called, and tells the user of
// somebody who uses the name of another.
func (m *member) stand() {
	key, r := m.contact.key, m.room
	r.pin(m.nick, key)
	was, now := m.standing, r.node.standing(m.nick, key)
	m.standing = now
	if now == was || r.node.Ignored(key) || r.conversation != nil && m.isInRoom() {
		return // a room tells it, and not each conversation as well
	}
	who := m.nick + "#" + key.Suffix()
	switch {
	case now.claims != "":
		r.emit(Notice{Room: r.name, Level: Warning, Code: CodeNickRefused, Text: who +
			" calls itself " + now.claims + ", but you verified " + now.claims + " with another key, so it is called " + now.nick + "#" + key.Suffix() +
			" here. If it says that " + now.claims + " has a new device, compare keys first: /verify " + now.nick + "#" + key.Suffix()})
	case now.impostor && !was.impostor:
		r.emit(Notice{Room: r.name, Level: Warning, Code: CodeNickKey, Text: r.impostorWords(who, m.nick, key, now.namesake)})
	}
}

// isInRoom reports whether the member is in a room with us that is no conversation.
func (m *member) isInRoom() bool {
	return slices.ContainsFunc(m.contact.members, func(x *member) bool { return x.room.conversation == nil })
}

// impostorWords warn of the owner of a key, who claims the nick of another.
func (r *Room) impostorWords(who, nick string, key crypto.PublicKey, of Namesake) string {
	if of.Own {
		return who + " uses a name like your own, " + of.Nick + ": it is somebody else, whom others may take for you."
	}
	return who + " uses the name " + nick + ", but is not the " + of.Nick + "#" + r.pin(nick, key).Suffix() +
		" you know: the key is another. Compare keys before you trust it."
}
