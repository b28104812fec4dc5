package load

import (
	"net/netip"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Relayed is one member of a room at a bootnode, who sends through its relay.
type Relayed struct {
	*Port
	bootnode netip.AddrPort
	session  *crypto.Session
	channel  uint32
}

// Join registers a member in the room of that tag.
func Join(p *Port, bootnode netip.AddrPort, tag crypto.RoomTag) (*Relayed, error) {
	var cookie wire.CookieFrame
	err := p.ask(bootnode, wire.Hello{Nonce: wire.NewNonce()}.Append(nil), func(b []byte) (ok bool) {
		var err error
		cookie, err = wire.ParseCookieFrame(b)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	key, err := crypto.NewRunKey()
	if err != nil {
		return nil, err
	}
	keys, err := crypto.NewRegisterKeys(key, cookie.Key)
	if err != nil {
		return nil, err
	}
	request, err := wire.Register{
		Cookie: cookie.Cookie, Tag: tag, Run: key.Public(), Proof: keys.Proof(cookie.Cookie, tag),
		Announcement: make([]byte, announcement),
	}.Seal(cookie.Key)
	if err != nil {
		return nil, err
	}
	m := &Relayed{Port: p, bootnode: bootnode}
	return m, p.ask(bootnode, request, func(b []byte) bool {
		w, err := wire.OpenWelcome(b, keys, wire.RequestOf(request))
		if err != nil || w.Status != wire.StatusOK {
			return false
		}
		m.session, m.channel = crypto.NewSession(w.Key, crypto.RoleClient), w.Channel
		return true
	})
}

// Relay makes relay frames for another member, with so many bytes in each.
func (m *Relayed) Relay(to *Relayed, size int) (bootnode netip.AddrPort, fill func([]byte) []byte) {
	payload := make([]byte, size)
	return m.bootnode, func(b []byte) []byte { return wire.SealRelay(b, m.channel, to.channel, m.session, payload) }
}
