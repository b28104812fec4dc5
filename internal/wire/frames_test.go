package wire

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
)

// frame is one layout in clear: a whole frame, or what is sealed in one.
type frame struct {
	name   string
	bytes  []byte
	hex    string
	padded int // bytes at the end that readers do not look at
	// again parses b and appends the result to nil.
	again func(b []byte) ([]byte, error)
}

var (
	addr4 = netip.MustParseAddrPort("192.0.2.1:9595")
	addr6 = netip.MustParseAddrPort("[2001:db8::1]:443")
)

// seq is n bytes that count from first.
func seq(first, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(first + i)
	}
	return b
}

func testRoom() *crypto.RoomKeys { return crypto.NewRoomKeys(crypto.EpochKey(seq(0, 32))) }

type appender interface{ Append([]byte) []byte }

// again makes a frame's again from its parser.
func again[F any, A interface {
	*F
	appender
}](parse func([]byte) (F, error)) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		f, err := parse(b)
		if err != nil {
			return nil, err
		}
		return A(&f).Append(nil), nil
	}
}

func testAnnouncement() Announcement {
	return Announcement{
		Peer: crypto.PublicKey(seq(0, 32)), Run: crypto.RunPublic(seq(32, 32)),
		RunNumber: 0x0102030405060708, Generation: 9, Expiry: 0x65000000, Nick: "ann",
		Candidates: []Candidate{{CandidateHost, addr4}, {CandidateServerReflexive, addr6}},
	}
}

func testRoster() RosterPage {
	return RosterPage{Reset: true, From: 1, To: 2, Current: 3, Entries: []RosterEntry{
		{Kind: RosterPresent, Session: crypto.SessionID(seq(1, 8)), Channel: 7, Observed: addr4, Announcement: []byte{0xaa}},
		{Kind: RosterPresent, Session: crypto.SessionID(seq(2, 8)), Channel: 8},
		{Kind: RosterLeft, Session: crypto.SessionID(seq(3, 8))},
		{Kind: RosterTimedOut, Session: crypto.SessionID(seq(4, 8))},
	}}
}

const rosterHex = "01000000000000000100000000000000020000000000000003" +
	"01010203040506070800000007" + "04c0000201257b" + "0001aa" +
	"01020304050607080900000008" + "00" + "0000" +
	"02030405060708090a" + "030405060708090a0b"

func frames() []frame {
	roster := testRoster()
	ann := testAnnouncement()
	register := Register{
		Tag: crypto.RoomTag(seq(1, 16)), Run: crypto.RunPublic(seq(2, 32)), Proof: [16]byte(seq(3, 16)),
		HideAddress: true, Announcement: []byte{0xbb, 0xcc},
	}
	welcome := Welcome{
		Key: crypto.SessionKey(seq(1, 32)), Channel: 5, Observed: addr6, STUNPort: 9596,
		Heartbeat: 10 * time.Second, Timeout: 15 * time.Second, Notice: 6, Roster: RosterPage{To: 1, Current: 1},
	}
	refusal := Welcome{Status: StatusRoomFull}
	elsewhere := []Alternative{{"b.example:9595", crypto.RunPublic(seq(1, 32))}, {"192.0.2.1:1", crypto.RunPublic{}}}
	elsewhereHex := "02" + "0e" + hex.EncodeToString([]byte("b.example:9595")) + hex.EncodeToString(seq(1, 32)) + "0b" + hex.EncodeToString([]byte("192.0.2.1:1")) + zeros(32)
	moving := Welcome{Status: StatusMoving, Wait: 15, Reason: "upgrade", Elsewhere: elsewhere}
	invited := register
	invited.HideAddress, invited.Invitation = false, crypto.Invitation{ID: [8]byte(seq(4, 8)), Proof: [16]byte(seq(5, 16))}
	disco := func(want DiscoType) func(b []byte) ([]byte, error) {
		return func(b []byte) ([]byte, error) {
			f, err := parseDisco(b, discoOverhead+len(b))
			if err != nil || DiscoType(b[0]) != want {
				return nil, ErrFrame
			}
			return f.(interface{ append([]byte) []byte }).append(nil), nil
		}
	}
	readWelcome := func(b []byte) ([]byte, error) {
		f, err := parseWelcome(b)
		return f.append(nil), err
	}
	return []frame{
		{
			"HELLO", Hello{[8]byte(seq(1, 8))}.Append(nil),
			"2801010102030405060708" + zeros(85), 85, again(ParseHello),
		},
		{
			"COOKIE", CookieFrame{[8]byte(seq(1, 8)), crypto.Cookie(seq(0x10, 20)), crypto.RunPublic(seq(0x80, 32))}.Append(nil),
			"2801020102030405060708" + hex.EncodeToString(seq(0x10, 20)) + hex.EncodeToString(seq(0x80, 32)), 0, again(ParseCookieFrame),
		},
		{
			"REGISTER", register.append(nil),
			hex.EncodeToString(seq(1, 16)) + hex.EncodeToString(seq(2, 32)) + hex.EncodeToString(seq(3, 16)) + "01" + "0002bbcc", 0,
			func(b []byte) ([]byte, error) {
				var f Register
				err := f.parse(b)
				return f.append(nil), err
			},
		},
		{
			"WELCOME", welcome.append(nil),
			"00" + hex.EncodeToString(seq(1, 32)) + "00000005" + "0620010db800000000000000000000000101bb" + "257c" +
				"00002710" + "00003a98" + "00000006" + "00" + zeros(8) + "0000000000000001" + "0000000000000001", 0, readWelcome,
		},
		{"WELCOME refused", refusal.append(nil), "01" + "0000" + "0000" + "00", 0, readWelcome},
		{"WELCOME moving", moving.append(nil), "09" + "000f" + "0007" + hex.EncodeToString([]byte("upgrade")) + elsewhereHex, 0, readWelcome},
		{
			"REGISTER invited", invited.append(nil),
			hex.EncodeToString(seq(1, 16)) + hex.EncodeToString(seq(2, 32)) + hex.EncodeToString(seq(3, 16)) + "02" + "0002bbcc" +
				hex.EncodeToString(seq(4, 8)) + hex.EncodeToString(seq(5, 16)), 0,
			func(b []byte) ([]byte, error) {
				var f Register
				err := f.parse(b)
				return f.append(nil), err
			},
		},
		{"TEXT", Text{TextNotice, 7, "back at 5"}.Append(nil), "02" + "00000007" + "0009" + hex.EncodeToString([]byte("back at 5")), 0, again(ParseText)},
		{"MOVED", Moved{Seconds: 15, Elsewhere: elsewhere}.Append(nil), "00" + "000f" + elsewhereHex, 0, again(ParseMoved)},
		{"MOVED called off", Moved{CalledOff: true}.Append(nil), "01" + "0000" + "00", 0, again(ParseMoved)},
		{"GONE", Gone{crypto.SessionID(seq(1, 8)), 2}.Append(nil), "28010501020304050607080000000000000002", 0, again(ParseGone)},
		{"BEAT", Beat{3, 4, 5}.Append(nil), "0000000000000003" + "00000004" + "00000005", 0, again(ParseBeat)},
		{
			"BEAT-ACK", BeatAck{4, 5, 6, addr4}.Append(nil),
			"0000000000000004" + "0000000000000005" + "0000000000000006" + "04c0000201257b", 0, again(ParseBeatAck),
		},
		{
			"CHALLENGE", seq(1, 8), "0102030405060708", 0,
			func(b []byte) ([]byte, error) { t, err := ParseToken(b); return t[:], err },
		},
		{"UPDATE-ACK", UpdateAck{6}.Append(nil), "0000000000000006", 0, again(ParseUpdateAck)},
		{"ROSTER", roster.Append(nil), rosterHex, 0, again(ParseRoster)},
		{"REACH", Reach{TxID(seq(1, 12)), 0x1234}.Append(nil), "0102030405060708090a0b0c1234" + zeros(50), 50, again(ParseReach)},
		{"REACH-ACK", ReachAck{6, true}.Append(nil), "000000000000000601", 0, again(ParseReachAck)},
		{"NOTICE", Notice{NoticeRelayQuota}.Append(nil), "02", 0, again(ParseNotice)},
		{
			"BOX-PUT", BoxPut{1, crypto.BoxID(seq(1, 16)), crypto.BoxItemID(seq(2, 16)), BoxPart + 2, 1, []byte{0xaa, 0xbb}}.Append(nil),
			"00000001" + hex.EncodeToString(seq(1, 16)) + hex.EncodeToString(seq(2, 16)) + "00000402" + "0001" + "aabb", 0, again(ParseBoxPut),
		},
		{"BOX-PUT-ACK", BoxPutAck{1, 2, BoxDuplicate, 7 * 24 * time.Hour}.Append(nil), "00000001" + "0002" + "02" + "00093a80", 0, again(ParseBoxPutAck)},
		{
			"BOX-GET", BoxGet{1, crypto.BoxSecret(seq(1, 32)), 2, []uint64{3, 4}}.Append(nil),
			"00000001" + hex.EncodeToString(seq(1, 32)) + "0000000000000002" + "02" + "0000000000000003" + "0000000000000004", 0, again(ParseBoxGet),
		},
		{
			"BOX-PAGE", BoxPage{1, BoxOK, 2, []BoxEntry{{3, 512}, {4, 1024}}, time.Minute}.Append(nil),
			"00000001" + "00" + "0000003c" + "0002" + "02" + "0000000000000003" + "00000200" + "0000000000000004" + "00000400", 0, again(ParseBoxPage),
		},
		{
			"BOX-FETCH", BoxFetch{crypto.BoxSecret(seq(1, 32)), 2, 3}.Append(nil),
			hex.EncodeToString(seq(1, 32)) + "0000000000000002" + "0003", 0, again(ParseBoxFetch),
		},
		{"BOX-ITEM", BoxItem{1, BoxPart + 2, 1, []byte{0xaa, 0xbb}}.Append(nil), "0000000000000001" + "00000402" + "0001" + "aabb", 0, again(ParseBoxItem)},
		{"BOX-ITEM without", BoxItem{Seq: 1}.Append(nil), "0000000000000001" + "00000000" + "0000", 0, again(ParseBoxItem)},
		{"ROSTER-GET", RosterGet{7}.Append(nil), "0000000000000007", 0, again(ParseRosterGet)},
		{
			"LAN-QUERY", LANQuery{[16]byte(seq(1, 16))}.Append(nil),
			"280120" + hex.EncodeToString(seq(1, 16)) + zeros(50), 50, again(ParseLANQuery),
		},
		{
			"LAN-ADVERT", LANAdvert{Nonce: [16]byte(seq(1, 16)), Key: crypto.RunPublic(seq(2, 32)), Port: 9595}.Seal(testRoom()),
			"280121" + hex.EncodeToString(seq(1, 16)) + hex.EncodeToString(seq(2, 32)) + "257b" + "e115d083b0862e1c26090690d1d7a375", 0,
			func(b []byte) ([]byte, error) {
				f, err := ParseLANAdvert(b)
				if err != nil || !f.Ours(testRoom()) {
					return nil, ErrFrame
				}
				return f.Seal(testRoom()), nil
			},
		},
		{
			"room proof", AppendProof(nil, [32]byte(seq(1, 32))), "01" + hex.EncodeToString(seq(1, 32)), 0,
			func(b []byte) ([]byte, error) { p, err := ParseProof(b); return AppendProof(nil, p), err },
		},
		{
			"announcement", ann.append(nil),
			"01" + hex.EncodeToString(seq(0, 64)) + "0102030405060708" + "00000009" + "65000000" + "03616e6e" +
				"02" + "0104c0000201257b" + "020620010db800000000000000000000000101bb", 0,
			func(b []byte) ([]byte, error) {
				a, err := parseAnnouncement(b)
				return a.append(nil), err
			},
		},
		{
			"group", Group{crypto.GroupSecret(seq(0, 32)), crypto.Members{{1}, {2}, {3}}}.Append(nil),
			hex.EncodeToString(seq(0, 32)) + "01" + zeros(31) + "02" + zeros(31) + "03" + zeros(31), 0, again(ParseGroup),
		},
		{"PING", Ping{TxID: TxID(seq(1, 12))}.append(nil), "01" + hex.EncodeToString(seq(1, 12)) + zeros(19), 0, disco(TypePing)},
		{
			"PONG", Pong{TxID(seq(1, 12)), addr6}.append(nil),
			"02" + hex.EncodeToString(seq(1, 12)) + "0620010db800000000000000000000000101bb", 0, disco(TypePong),
		},
		{
			"ROUND", Round{7, RoundBirthday, addr4}.append(nil), "04" + "07" + "04" + "04c0000201257b", 0, disco(TypeRound),
		}, {
			"CANDIDATES", Candidates{1, 2, NAT{MappingAddressDependent, FilteringAddressDependent, -2, 0x7530, 0x792f, true, false, true}, []Candidate{{CandidateMapped, addr4}}}.append(nil),
			"03" + "00000001" + "00000002" + "0302fe7530792f05" + "01" + "0404c0000201257b", 0, disco(TypeCandidates),
		},
	}
}

func TestGolden(t *testing.T) {
	for _, f := range frames() {
		if got := hex.EncodeToString(f.bytes); got != f.hex {
			t.Errorf("%s is %s\nwant %s", f.name, got, f.hex)
		}
		if back, err := f.again(f.bytes); err != nil || !bytes.Equal(back, f.bytes) {
			t.Errorf("%s reads back as %x, %v", f.name, back, err)
		}
	}
}

// No cut frame is a frame, nor one with something behind it.
func TestCut(t *testing.T) {
	for _, f := range frames() {
		for n := range f.bytes {
			// A roster ends with its frame: cut between two entries it is a
			// shorter roster, and a WELCOME's too.
			if back, err := f.again(f.bytes[:n:n]); err == nil && (f.name != "ROSTER" || !bytes.Equal(back, f.bytes[:n])) {
				t.Errorf("%s cut to %d of %d bytes is accepted", f.name, n, len(f.bytes))
			}
		}
		if _, err := f.again(append(bytes.Clone(f.bytes), 0)); err == nil && f.name != "PING" {
			t.Errorf("%s with a byte more is accepted", f.name)
		}
	}
}

// What a parser accepts, Append writes: one layout per content.
func FuzzFrames(f *testing.F) {
	all := frames()
	for i := range all {
		f.Add(byte(i), all[i].bytes)
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		fr := all[int(which)%len(all)]
		back, err := fr.again(b)
		if err != nil {
			return
		}
		if fr.name == "PING" { // padded to any length
			b, back = b[:13], back[:13]
		}
		if n := len(b) - fr.padded; len(back) != len(b) || !bytes.Equal(back[:n], b[:n]) {
			t.Errorf("%s: %x reads back as %x", fr.name, b, back)
		}
	})
}

func TestParsersRefuse(t *testing.T) {
	find := func(name string) frame {
		for _, f := range frames() {
			if f.name == name {
				return f
			}
		}
		t.Fatal("no frame " + name)
		return frame{}
	}
	for _, c := range []struct {
		name, why string
		spoil     func(b []byte) []byte
	}{
		{"HELLO", "other version", func(b []byte) []byte { b[1] = 2; return b }},
		{"HELLO", "other type", func(b []byte) []byte { b[2] = 2; return b }},
		{"HELLO", "other magic", func(b []byte) []byte { b[0] = MagicDisco; return b }},
		{"REGISTER", "unknown flag", func(b []byte) []byte { b[64] = 2; return b }},
		{"REGISTER", "too long an announcement", func(b []byte) []byte {
			return append(append(b[:65:65], 1, 0x81), make([]byte, MaxAnnouncement+1)...)
		}},
		{"WELCOME refused", "nothing", func([]byte) []byte { return nil }},
		{"BOX-PUT", "no such part", func(b []byte) []byte { b[41] = 2; return b }},
		{"BOX-PUT", "too large", func(b []byte) []byte { b[36] = 1; return b }},
		{"BOX-PUT-ACK", "unknown status", func(b []byte) []byte { b[6] = byte(BoxUnknown) + 1; return b }},
		{"BOX-PAGE", "not rising", func(b []byte) []byte { b[31] = 3; return b }},
		{"BOX-PAGE", "empty item", func(b []byte) []byte { b[22] = 0; return b }},
		{"ROSTER", "unknown flag", func(b []byte) []byte { b[0] = 2; return b }},
		{"ROSTER", "from beyond to", func(b []byte) []byte { b[8] = 3; return b }},
		{"ROSTER", "to beyond current", func(b []byte) []byte { b[16] = 4; return b }},
		{"ROSTER", "unknown kind", func(b []byte) []byte { b[25] = 4; return b }},
		{"ROSTER", "kind 0", func(b []byte) []byte { b[25] = 0; return b }},
		{"BEAT-ACK", "unknown family", func(b []byte) []byte { b[24] = 5; return b }},
		{"BEAT-ACK", "IPv4 as IPv6", func(b []byte) []byte {
			return append(append(b[:24:24], family6), append(netip.MustParseAddr("::ffff:192.0.2.1").AsSlice(), 1, 1)...)
		}},
		{"LAN-ADVERT", "port 0", func(b []byte) []byte { b[51], b[52] = 0, 0; return b }},
		{"announcement", "other version", func(b []byte) []byte { b[0] = 2; return b }},
		{"announcement", "long nick", func(b []byte) []byte { b[81] = MaxNick + 1; return b }},
		{"announcement", "too many candidates", func(b []byte) []byte { b[85] = MaxAnnounceCands + 1; return b }},
		{"room proof", "other version", func(b []byte) []byte { b[0] = 2; return b }},
		{"CANDIDATES", "no address", func(b []byte) []byte { return append(b[:11], 0) }},
		{"CANDIDATES", "port 0", func(b []byte) []byte { b[16], b[17] = 0, 0; return b }},
		{"PONG", "unknown type", func(b []byte) []byte { b[0] = 4; return b }},
		{"PING", "short", func(b []byte) []byte { return b[:31] }},
	} {
		if _, err := find(c.name).again(c.spoil(bytes.Clone(find(c.name).bytes))); err == nil {
			t.Errorf("%s, %s: accepted", c.name, c.why)
		}
	}
}

func TestAddr(t *testing.T) {
	for in, want := range map[string]string{
		"[::ffff:192.0.2.1]:9": "192.0.2.1:9",
		"[fe80::1%eth0]:9":     "[fe80::1]:9",
		"192.0.2.1:0":          "192.0.2.1:0",
	} {
		c := cursor{b: AppendAddr(nil, netip.MustParseAddrPort(in))}
		if got := c.addr(); got.String() != want || !c.done() {
			t.Errorf("%s becomes %v", in, got)
		}
	}
	c := cursor{b: AppendAddr(nil, netip.AddrPortFrom(netip.Addr{}, 9))}
	if got := c.addr(); got.IsValid() || !c.done() {
		t.Errorf("no address becomes %v", got)
	}
}

func TestClassify(t *testing.T) {
	for b := range 256 {
		want := ClassUnknown
		switch {
		case b <= 3:
			want = ClassSTUN
		case b == 0x24:
			want = ClassDisco
		case b == 0x28:
			want = ClassRendezvous
		case b == 0x30:
			want = ClassRelay
		case b >= 0x40:
			want = ClassQUIC
		}
		if got := Classify([]byte{byte(b)}); got != want {
			t.Errorf("%#x is %v, want %v", b, got, want)
		}
	}
	if Classify(nil) != ClassUnknown {
		t.Error("nothing is something")
	}
}
