package wire

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"gochat/crypto"
)

// runKeys are a member's and a bootnode's key with fixed seeds (not told apart
// by the low three bits, which X25519 clears).
func runKeys(t testing.TB) (member, boot *crypto.RunKey) {
	t.Helper()
	member, err := crypto.RunKeyFromSeed([32]byte{9: 1})
	if err != nil {
		t.Fatal(err)
	}
	boot, err = crypto.RunKeyFromSeed([32]byte{9: 2})
	if err != nil {
		t.Fatal(err)
	}
	return member, boot
}

// sealed is a sealed frame and how to open it.
type sealed struct {
	name string
	p    []byte
	open func(p []byte) error
}

func sealedFrames(t testing.TB) []sealed {
	t.Helper()
	member, boot := runKeys(t)
	id := crypto.IdentityFromSeed([32]byte{3})
	room := testRoom()
	cookie := crypto.Cookie(seq(1, 20))
	register, err := Register{Cookie: cookie, Tag: room.Tag, Announcement: seq(0, 300)}.Seal(boot.Public())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := crypto.NewRegisterKeys(boot, member.Public())
	if err != nil {
		t.Fatal(err)
	}
	probe, err := crypto.NewProbeKeys(member, boot.Public(), room)
	if err != nil {
		t.Fatal(err)
	}
	back, err := crypto.NewProbeKeys(boot, member.Public(), room)
	if err != nil {
		t.Fatal(err)
	}
	up := crypto.NewSession(crypto.SessionKey{4}, crypto.RoleClient)
	beat, _ := SealSession(nil, TypeBeat, crypto.SessionID{5}, up, Beat{Version: 1}.Append(nil))
	// Each attempt gets a session of its own: a frame opens once.
	down := func() *crypto.Session { return crypto.NewSession(crypto.SessionKey{4}, crypto.RoleServer) }
	disco := func(p []byte) error { _, err := OpenDisco(p, back); return err }
	return []sealed{
		{"REGISTER", register, func(p []byte) error { _, err := OpenRegister(p, boot); return err }},
		{
			"WELCOME", Welcome{Observed: addr4}.Seal(crypto.SessionID{5}, keys, RequestOf(register)),
			func(p []byte) error { _, err := OpenWelcome(p, keys, RequestOf(register)); return err },
		},
		{
			"announcement", SealAnnouncement(testAnnouncement(), id, room),
			func(p []byte) error { _, err := OpenAnnouncement(p, room); return err },
		},
		{"BEAT", beat, func(p []byte) error { _, err := OpenSession(p, down()); return err }},
		{
			"relay", SealRelay(nil, 1, 2, up, []byte("packet")),
			func(p []byte) error { _, _, err := OpenRelay(nil, p, down()); return err },
		},
		{
			"sealed record", SealRecord(goldenRecord(), room),
			func(p []byte) error { _, err := OpenRecord(p, room); return err },
		},
		{"PING", Ping{TxID: TxID{6}}.Seal(probe), disco},
		{"PONG", Pong{TxID{6}, addr6}.Seal(probe), disco},
		{"CANDIDATES", Candidates{Generation: 1}.Seal(probe), disco},
		{"ROUND", Round{Number: 1, Kind: RoundFresh}.Seal(probe), disco},
	}
}

// A sealed frame with any byte changed, or cut anywhere, does not open.
func TestSealedTamper(t *testing.T) {
	for _, f := range sealedFrames(t) {
		if err := f.open(f.p); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		for i := range f.p {
			bad := bytes.Clone(f.p)
			bad[i] ^= 1
			if f.open(bad) == nil {
				t.Errorf("%s: opens with byte %d changed", f.name, i)
			}
			if f.open(f.p[:i:i]) == nil {
				t.Errorf("%s: opens when cut to %d bytes", f.name, i)
			}
		}
		if f.open(append(bytes.Clone(f.p), 0)) == nil {
			t.Errorf("%s: opens with a byte more", f.name)
		}
	}
}

func FuzzSealed(f *testing.F) {
	all := sealedFrames(f)
	for i := range all {
		f.Add(byte(i), all[i].p)
		f.Add(byte(i), all[i].p[:len(all[i].p)/2])
	}
	f.Fuzz(func(_ *testing.T, which byte, p []byte) {
		s := all[int(which)%len(all)]
		// Seeds are sealed anew in each process, so a frame may well open;
		// none may do harm.
		_ = s.open(p)
		_, _ = RegisterCookie(p)
		_, _ = WelcomeSession(p)
		_, _ = DiscoHint(p)
		_, _ = RelayChannel(p)
		_, _, _ = SessionFrame(p)
		_ = RendezvousKind(p)
	})
}

func TestRegisterRoundTrip(t *testing.T) {
	_, boot := runKeys(t)
	in := Register{
		Cookie: crypto.Cookie(seq(1, 20)), Tag: crypto.RoomTag{1}, Run: crypto.RunPublic{2},
		Proof: [16]byte{3}, HideAddress: true, Announcement: seq(0, MaxAnnouncement),
	}
	p, err := in.Seal(boot.Public())
	if err != nil {
		t.Fatal(err)
	}
	if len(p) > MaxPayload {
		t.Errorf("REGISTER of %d bytes", len(p))
	}
	if c, err := RegisterCookie(p); err != nil || c != in.Cookie {
		t.Errorf("cookie %x, %v", c, err)
	}
	out, err := OpenRegister(p, boot)
	if err != nil || !bytes.Equal(out.append(nil), in.append(nil)) || out.Cookie != in.Cookie {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestWelcomeIsForOneRegister(t *testing.T) {
	member, boot := runKeys(t)
	keys, _ := crypto.NewRegisterKeys(boot, member.Public())
	p := Welcome{Status: StatusOverloaded}.Seal(crypto.SessionID{1}, keys, Request{1})
	if id, err := WelcomeSession(p); err != nil || id != (crypto.SessionID{1}) {
		t.Errorf("session %x, %v", id, err)
	}
	if w, err := OpenWelcome(p, keys, Request{1}); err != nil || w.Status != StatusOverloaded {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := OpenWelcome(p, keys, Request{2}); err == nil {
		t.Error("answers another REGISTER")
	}
}

func TestAnnouncement(t *testing.T) {
	room, id := testRoom(), crypto.IdentityFromSeed([32]byte{3})
	in := testAnnouncement()
	in.Nick = strings.Repeat("n", 40)
	for len(in.Candidates) < 12 {
		in.Candidates = append(in.Candidates, Candidate{CandidateServerReflexive, addr6})
	}
	p := SealAnnouncement(in, id, room)
	if len(p) > MaxAnnouncement {
		t.Errorf("announcement of %d bytes", len(p))
	}
	out, err := OpenAnnouncement(p, room)
	if err != nil || out.Peer != id.Public() || out.Nick != in.Nick[:MaxNick] || len(out.Candidates) != MaxAnnounceCands {
		t.Errorf("%+v, %v", out, err)
	}
	if out.Session(room) != crypto.NewSessionID(in.Run, room.Tag) {
		t.Error("session id")
	}
	if _, err := OpenAnnouncement(p, crypto.NewRoomKeys(crypto.EpochKey{1})); err == nil {
		t.Error("opens in another room")
	}
	// A member of the room can seal, but not sign for another.
	body := out.append(nil)
	for name, sig := range map[string][]byte{
		"nobody's signature":       make([]byte, 64),
		"another's signature":      crypto.IdentityFromSeed([32]byte{4}).Sign(announceContext, append(room.ID[:], body...)),
		"signature for other room": id.Sign(announceContext, append(seq(0, 16), body...)),
		"other context":            id.Sign("gochat/1 other", append(room.ID[:], body...)),
		"no signature":             nil,
	} {
		forged := crypto.NewBox(room.Announce).Seal(nil, append(bytes.Clone(body), sig...), room.ID[:])
		if _, err := OpenAnnouncement(forged, room); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := OpenAnnouncement(make([]byte, MaxAnnouncement+1), room); err == nil {
		t.Error("oversized: accepted")
	}
}

func TestSessionFrames(t *testing.T) {
	key, id := crypto.NewSessionKey(), crypto.SessionID{7}
	member, boot := crypto.NewSession(key, crypto.RoleClient), crypto.NewSession(key, crypto.RoleServer)
	p, n := SealSession([]byte("dst"), TypeBeat, id, member, []byte("body"))
	p = p[3:]
	if gotID, got, err := SessionFrame(p); err != nil || gotID != id || got != n {
		t.Errorf("session %x, counter %d, %v", gotID, got, err)
	}
	if len(p) != sessionHeader+4+crypto.TagSize {
		t.Errorf("frame of %d bytes", len(p))
	}
	if body, err := OpenSession(p, boot); err != nil || string(body) != "body" {
		t.Errorf("%q, %v", body, err)
	}
	if _, err := OpenSession(p, boot); err == nil {
		t.Error("opens twice")
	}
	for kind := range 256 {
		p[2] = byte(kind)
		_, _, err := SessionFrame(p)
		if under := TypeBeat <= RendezvousType(kind) && RendezvousType(kind) <= TypeBoxItem; (err == nil) != under {
			t.Errorf("type %d: %v", kind, err)
		}
	}
}

// The whole relay frame is fixed by its key and counter.
func TestRelayGolden(t *testing.T) {
	key := crypto.SessionKey(seq(0, 32))
	member, boot := crypto.NewSession(key, crypto.RoleClient), crypto.NewSession(key, crypto.RoleServer)
	p := SealRelay(nil, 0x01020304, 0x05060708, member, []byte("hello"))
	if got := hex.EncodeToString(p); got != relayHex {
		t.Errorf("relay frame is %s\nwant %s", got, relayHex)
	}
	if own, err := RelayChannel(p); err != nil || own != 0x01020304 {
		t.Errorf("channel %x, %v", own, err)
	}
	other, packet, err := OpenRelay([]byte("dst"), p, boot)
	if err != nil || other != 0x05060708 || string(packet) != "hello" {
		t.Errorf("%x %q %v", other, packet, err)
	}
}

const relayHex = "3001020304000000011592821508434b5348ef71bd0391e593fca22ce7015abc88a2"

// Counters of 32 bits must not wrap: their nonces would come again.
func TestRelayCounterEnds(t *testing.T) {
	s := crypto.NewSession(crypto.SessionKey{}, crypto.RoleClient)
	next := reflect.ValueOf(s).Elem().FieldByName("next").Index(int(crypto.LaneRelay))
	*(*uint64)(unsafe.Pointer(next.UnsafeAddr())) = math.MaxUint32 // nobody but a test may skip
	if p := SealRelay(nil, 1, 2, s, []byte("last")); len(p) == 0 {
		t.Error("the last counter is not used")
	}
	if p := SealRelay([]byte("dst"), 1, 2, s, []byte("beyond")); string(p) != "dst" {
		t.Errorf("sealed %x beyond the last counter", p)
	}
}

func TestLANAdvertOurs(t *testing.T) {
	room := testRoom()
	p := LANAdvert{Nonce: NewLANNonce(), Key: crypto.RunPublic{1}, Port: 1}.Seal(room)
	for i := rendezvousHeader; i < len(p); i++ {
		bad := bytes.Clone(p)
		bad[i] ^= 0x80
		if f, err := ParseLANAdvert(bad); err == nil && f.Ours(room) {
			t.Errorf("byte %d changed: still ours", i)
		}
	}
	if f, err := ParseLANAdvert(p); err != nil || !f.Ours(room) || f.Ours(crypto.NewRoomKeys(crypto.EpochKey{1})) {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestNoncesAreFresh(t *testing.T) {
	nonce, tx, lan := NewNonce(), NewTxID(), NewLANNonce()
	if nonce == NewNonce() || tx == NewTxID() || lan == NewLANNonce() {
		t.Error("a nonce twice")
	}
}

// Nothing is answered with more than was asked with, and all fits its path.
func TestSizes(t *testing.T) {
	member, boot := runKeys(t)
	room := testRoom()
	keys, _ := crypto.NewRegisterKeys(boot, member.Public())
	probe, _ := crypto.NewProbeKeys(member, boot.Public(), room)
	session := crypto.NewSession(crypto.SessionKey{}, crypto.RoleServer)

	atMost := func(what string, got, limit int) {
		t.Helper()
		if got > limit {
			t.Errorf("%s: %d bytes, at most %d", what, got, limit)
		}
	}
	exactly := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d bytes, want %d", what, got, want)
		}
	}
	hello := len(Hello{}.Append(nil))
	exactly("HELLO", hello, HelloSize)
	atMost("COOKIE for a HELLO", len(CookieFrame{}.Append(nil)), hello)
	exactly("LAN-ADVERT for a LAN-QUERY", len(LANAdvert{}.Seal(room)), len(LANQuery{}.Append(nil)))
	beat, _ := SealSession(nil, TypeBeat, crypto.SessionID{}, session, Beat{}.Append(nil))
	atMost("GONE for a BEAT", len(Gone{}.Append(nil)), len(beat))
	challenge, _ := SealSession(nil, TypeChallenge, crypto.SessionID{}, session, make([]byte, len(Token{})))
	atMost("CHALLENGE for a BEAT", len(challenge), len(beat))
	ping := Ping{}.Seal(probe)
	atMost("PONG for a PING", len(Pong{Observed: addr6}.Seal(probe)), len(ping))
	exactly("padded PING", len(Ping{Size: 1200}.Seal(probe)), 1200)
	exactly("overpadded PING", len(Ping{Size: 9000}.Seal(probe)), MaxPayload)
	many := make([]Candidate, 40)
	for i := range many {
		many[i] = Candidate{CandidateHost, addr6}
	}
	atMost("CANDIDATES", len(Candidates{Candidates: many}.Seal(probe)), MaxPayload)

	page := fullPage(RosterRoom)
	roster, _ := SealSession(nil, TypeRoster, crypto.SessionID{}, session, page.Append(nil))
	exactly("full ROSTER", len(roster), MaxPayload)
	welcome := Welcome{Observed: addr6, Heartbeat: time.Hour, Timeout: time.Hour, Roster: fullPage(WelcomeRosterRoom)}
	exactly("full WELCOME", len(welcome.Seal(crypto.SessionID{}, keys, Request{})), MaxPayload)
	exactly("relayed packet", len(SealRelay(nil, 1, 2, session, make([]byte, MaxPayload))), MaxPayload+RelayOverhead)
	atMost("relayed packet", MaxPayload+RelayOverhead, MaxPacket)
	exactly("UDP in IPv6", MaxPacket, 1280-40-8)
}

// fullPage is a page whose entries fill room to the last byte.
func fullPage(room int) (p RosterPage) {
	for room > 0 {
		e := RosterEntry{Kind: RosterPresent, Observed: addr6, Announcement: make([]byte, MaxAnnouncement)}
		if e.Size() > room {
			e.Announcement = make([]byte, max(0, MaxAnnouncement-(e.Size()-room)))
		}
		if e.Size() > room {
			return p
		}
		room -= e.Size()
		p.Entries = append(p.Entries, e)
	}
	return p
}

func TestWords(t *testing.T) {
	for s := range Status(16) {
		if got, known := s.String(), s <= StatusMoving; (got != "unknown answer") != known {
			t.Errorf("status %d: %q", s, got)
		}
	}
	for c := range CandidateType(8) {
		if got, known := c.String(), c >= 1 && c <= CandidateMapped; (got != "unknown") != known {
			t.Errorf("candidate type %d: %q", c, got)
		}
	}
}
