package fronttest

import (
	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// Verify is as in front.Session.
func (s *Session) Verify(key crypto.PublicKey) error { return s.setVerified(key, true) }

// Unverify is as in front.Session.
func (s *Session) Unverify(key crypto.PublicKey) error { return s.setVerified(key, false) }

// Verified is as in front.Session.
func (s *Session) Verified(key crypto.PublicKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verified[key]
}

// VerifiedAs is as in front.Session, for whoever is a member.
func (s *Session) VerifiedAs(nick string) (crypto.PublicKey, bool) {
	for _, r := range s.Rooms() {
		for _, m := range r.Members() {
			if m.Nick == nick && s.Verified(m.Key) {
				return m.Key, true
			}
		}
	}
	return crypto.PublicKey{}, false
}

func (s *Session) setVerified(key crypto.PublicKey, on bool) error {
	if key == s.Key() {
		return peer.ErrOwnKey
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.verified == nil {
		s.verified = map[crypto.PublicKey]bool{}
	}
	s.verified[key] = on
	for _, r := range s.rooms {
		for i := range r.members {
			if m := &r.members[i]; m.Key == key {
				m.Verified = on
				s.events <- peer.MemberChanged{Room: r.RoomName, Member: *m, Was: m.State}
			}
		}
	}
	return nil
}

// Diagnose is as in front.Session: a home with a common router.
func (s *Session) Diagnose() peer.Diagnosis {
	return peer.Diagnosis{
		UDP: peer.Yes, Mapping: peer.MappingEndpointIndependent, OneServer: true, External: []string{"203.0.113.10:4000"},
		Bootnodes: []peer.BootnodeView{{Address: "203.0.113.1:9595", State: peer.BootnodeRegistered, Observed: "203.0.113.10:4000"}},
	}
}

// Exposed is as in front.Session: the members of all rooms know the address.
func (s *Session) Exposed() (x peer.Exposure) {
	x.Own = []string{"203.0.113.10:4000"}
	for _, r := range s.Rooms() {
		for _, m := range r.Members() {
			x.Members = append(x.Members, peer.MemberExposure{Person: Person(m.Nick), Knows: true, Path: m.Path})
		}
	}
	return x
}

// Invite is as in front.Session: to people elsewhere, through a bootnode, unless
// Near says otherwise.
func (s *Session) Invite(r front.Room) (front.Invitation, error) {
	if r.Between() != nil {
		return front.Invitation{}, front.ErrNoInvite
	}
	v := front.Invitation{Room: r.Name(), Line: "gochat:aeageaiaavwg6ytcpfd3mwlf", Private: r.Private()}
	if s.Near {
		v.Reach = front.ReachNetwork
	}
	return v, nil
}
