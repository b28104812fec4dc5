package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"strings"
	"testing"

	"gochat/crypto"
)

func testNode() (crypto.NodeID, func([]byte) [crypto.NodeSignatureSize]byte) {
	key := ed25519.NewKeyFromSeed(seq(0, 32))
	return crypto.NodeID(key.Public().(ed25519.PublicKey)), func(b []byte) [crypto.NodeSignatureSize]byte {
		return [crypto.NodeSignatureSize]byte(ed25519.Sign(key, b))
	}
}

func nodeBodies() []frame {
	record := NodeRecord{crypto.SessionID(seq(1, 8)), 0x65000000, addr4, []byte{0xaa}}
	hidden := NodeRecord{Session: crypto.SessionID(seq(2, 8)), Since: 1}
	const recordHex = "0102030405060708" + "0000000065000000" + "04c0000201257b" + "0001aa"
	const hiddenHex = "0203040506070809" + "0000000000000001" + "00" + "0000"
	one, two := crypto.NodeID(seq(1, 32)), crypto.NodeID(seq(2, 32))
	return []frame{
		{
			"BEACON", Beacon{
				Draining: true, Sent: 2, Members: 3, Rooms: 4, Key: crypto.RunPublic(seq(5, 32)), Release: "v1", Advertised: "h:1",
				Neighbours: []crypto.NodeID{one}, Echoes: []NodeEcho{{two, 6, 7}},
			}.Append(nil),
			"01" + "0000000000000002" + "00000003" + "00000004" + hex.EncodeToString(seq(5, 32)) + "027631" + "03683a31" +
				"01" + hex.EncodeToString(seq(1, 32)) +
				"01" + hex.EncodeToString(seq(2, 32)) + "0000000000000006" + "0000000000000007", 0, again(ParseBeacon),
		},
		{
			"CHANGES", Changes{1, 2, []NodeEntry{
				{RosterPresent, record}, {RosterLeft, NodeRecord{Session: hidden.Session}}, {RosterTimedOut, NodeRecord{Session: record.Session}},
			}}.Append(nil),
			"0000000000000001" + "0000000000000002" + "01" + recordHex + "02" + "0203040506070809" + "03" + "0102030405060708", 0, again(ParseChanges),
		},
		{
			"WHO", Who{3, true, []NodeKnown{{one, 4, 5}}, []NodeRecord{record, hidden}}.Append(nil),
			"0000000000000003" + "01" + "0001" + hex.EncodeToString(seq(1, 32)) + "0000000000000004" + "0000000000000005" + recordHex + hiddenHex, 0, again(ParseWho),
		},
		{
			"SNAP", Snap{6, 1, 2, []NodeRecord{hidden}}.Append(nil),
			"0000000000000006" + "0001" + "0002" + hiddenHex, 0, again(ParseSnap),
		},
		{"DIGEST", Digest{7}.Append(nil), "0000000000000007", 0, again(ParseDigest)},
	}
}

func TestNodeGolden(t *testing.T) {
	for _, f := range nodeBodies() {
		if got := hex.EncodeToString(f.bytes); got != f.hex {
			t.Errorf("%s is %s\nwant %s", f.name, got, f.hex)
		}
		if back, err := f.again(f.bytes); err != nil || !bytes.Equal(back, f.bytes) {
			t.Errorf("%s reads back as %x, %v", f.name, back, err)
		}
		for n := range f.bytes {
			// Those that end with a list are shorter lists where that is cut between two.
			if back, err := f.again(f.bytes[:n:n]); err == nil && (f.name == "BEACON" || f.name == "DIGEST" || !bytes.Equal(back, f.bytes[:n])) {
				t.Errorf("%s cut to %d of %d bytes is accepted", f.name, n, len(f.bytes))
			}
		}
		if _, err := f.again(append(bytes.Clone(f.bytes), 0)); err == nil {
			t.Errorf("%s with a byte more is accepted", f.name)
		}
	}
}

func TestNodeRefuses(t *testing.T) {
	bodies := map[string]frame{}
	for _, f := range nodeBodies() {
		bodies[f.name] = f
	}
	for _, c := range []struct {
		name, why string
		spoil     func(b []byte) []byte
	}{
		{"BEACON", "unknown flag", func(b []byte) []byte { b[0] = 4; return b }},
		{"BEACON", "unprintable", func(b []byte) []byte { b[50] = 0x1b; return b }},
		{"BEACON", "long release", func(b []byte) []byte { b[49] = MaxNodeRelease + 1; return append(b, make([]byte, 99)...) }},
		{"BEACON", "many neighbours", func(b []byte) []byte { b[56] = MaxNodeNeighbours + 1; return append(b, make([]byte, 4096)...) }},
		{"CHANGES", "from beyond to", func(b []byte) []byte { b[7] = 2; return b }},
		{"CHANGES", "unknown kind", func(b []byte) []byte { b[16] = 4; return b }},
		{"WHO", "unknown flag", func(b []byte) []byte { b[8] = 2; return b }},
		{"WHO", "records of a part", func(b []byte) []byte { b[8] = 0; return b }},
		{"WHO", "many known", func(b []byte) []byte { b[9] = 0xff; return append(b, make([]byte, 1<<16)...) }},
		{"SNAP", "page beyond the last", func(b []byte) []byte { b[9] = 2; return b }},
		{"SNAP", "IPv4 as IPv6", func(b []byte) []byte {
			return append(append(b[:28:28], family6), append(make([]byte, 10), 0xff, 0xff, 1, 2, 3, 4, 0, 9, 0, 0)...)
		}},
	} {
		if _, err := bodies[c.name].again(c.spoil(bytes.Clone(bodies[c.name].bytes))); err == nil {
			t.Errorf("%s, %s: accepted", c.name, c.why)
		}
	}
}

func TestNodeMessage(t *testing.T) {
	node, sign := testNode()
	subject := crypto.RoomSubject(seq(9, 16))
	m := NodeMessage{Type: NodeDigest, Node: node, Epoch: 1, Number: 2, Body: Digest{3}.Append(nil)}
	p := m.Sign(subject, sign)
	const want = "0105" + "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8" + "0000000000000001" + "0000000000000002" + "0000000000000003"
	if got := hex.EncodeToString(p); !strings.HasPrefix(got, want) || len(p) != NodeOverhead+8 {
		t.Errorf("%s", got)
	}
	back, err := ParseNodeMessage(p)
	if err != nil || back.Type != m.Type || back.Node != m.Node || back.Epoch != 1 || back.Number != 2 || !bytes.Equal(back.Body, m.Body) {
		t.Errorf("%+v, %v", back, err)
	}
	if !CheckNodeMessage(subject, p) || CheckNodeMessage(crypto.RoomSubject{}, p) {
		t.Error("the signature does not cover the subject, or nothing")
	}
	for i := range p {
		spoiled := bytes.Clone(p)
		spoiled[i]++
		if CheckNodeMessage(subject, spoiled) {
			t.Errorf("byte %d is not covered", i)
		}
		if CheckNodeMessage(subject, p[:i]) {
			t.Errorf("cut to %d bytes it is accepted", i)
		}
	}
	for _, bad := range [][]byte{append([]byte{2}, p[1:]...), append([]byte{1, 0}, p[2:]...), append([]byte{1, 6}, p[2:]...), make([]byte, MaxNodeMessage+1)} {
		if _, err := ParseNodeMessage(bad); err == nil {
			t.Errorf("%x… is accepted", bad[:2])
		}
	}
}

func TestNodeFrame(t *testing.T) {
	a, _ := crypto.NewRunKey()
	b, _ := crypto.NewRunKey()
	key, _ := crypto.NewNodeKey(a, b.Public())
	other, _ := crypto.NewNodeKey(a, a.Public())
	node, _ := testNode()
	f := NodeFrame{Node: node, From: crypto.SessionID(seq(1, 8)), To: crypto.SessionID(seq(2, 8)), Packet: seq(3, MaxPayload)}
	p := f.Append([]byte("before"), key)[len("before"):]
	if len(p) != NodeFrameOverhead+MaxPayload {
		t.Errorf("%d bytes", len(p))
	}
	back, err := ParseNodeFrame(p)
	if err != nil || back.Node != f.Node || back.From != f.From || back.To != f.To || !bytes.Equal(back.Packet, f.Packet) {
		t.Errorf("%+v, %v", back, err)
	}
	if !CheckNodeFrame(p, key) || CheckNodeFrame(p, other) {
		t.Error("the code does not tell who sent it")
	}
	for i := range p {
		spoiled := bytes.Clone(p)
		spoiled[i]++
		if CheckNodeFrame(spoiled, key) {
			t.Errorf("byte %d is not covered", i)
		}
		if CheckNodeFrame(p[:i], key) {
			t.Errorf("cut to %d bytes it is accepted", i)
		}
		if _, err := ParseNodeFrame(p[:i]); err == nil && i <= NodeFrameOverhead {
			t.Errorf("%d bytes are a frame", i)
		}
	}
	if _, err := ParseNodeFrame(append(p, 0)); err == nil {
		t.Error("too long a packet is accepted")
	}
}

// What the largest of each may hold fits.
func TestNodeRoom(t *testing.T) {
	who := Who{Whole: true, Known: make([]NodeKnown, MaxNodeKnown)}
	record := NodeRecord{Observed: addr6, Announcement: make([]byte, MaxAnnouncement)}
	if 1+record.Size() != MaxNodeEntry {
		t.Errorf("a record of %d bytes", record.Size())
	}
	for room := who.Room(); room >= record.Size(); room -= record.Size() {
		who.Records = append(who.Records, record)
	}
	b := Beacon{
		Release: strings.Repeat("v", MaxNodeRelease), Advertised: strings.Repeat("h", MaxNodeAdvertised),
		Neighbours: make([]crypto.NodeID, MaxNodeNeighbours), Echoes: make([]NodeEcho, MaxNodeEchoes),
	}
	if n, m := len(who.Append(nil)), len(b.Append(nil)); n > MaxNodeBody || m > MaxNodeBody || len(who.Records) < 40 {
		t.Errorf("%d and %d bytes of %d, %d records", n, m, MaxNodeBody, len(who.Records))
	}
}

func FuzzNode(f *testing.F) {
	all := nodeBodies()
	for i := range all {
		f.Add(byte(i), all[i].bytes)
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		fr := all[int(which)%len(all)]
		if back, err := fr.again(b); err == nil && !bytes.Equal(back, b) {
			t.Errorf("%s: %x reads back as %x", fr.name, b, back)
		}
		if m, err := ParseNodeMessage(b); err == nil && len(m.Body) != len(b)-NodeOverhead {
			t.Errorf("a body of %d bytes in %d", len(m.Body), len(b))
		}
		if fr, err := ParseNodeFrame(b); err == nil && len(fr.Packet) != len(b)-NodeFrameOverhead {
			t.Errorf("a packet of %d bytes in %d", len(fr.Packet), len(b))
		}
	})
}
