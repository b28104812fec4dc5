package crypto

import (
	"bytes"
	"testing"
)

// The vectors in this package were computed by other implementations from the
// derivations in docs/PROTOCOL.md. A change here is another protocol.

func testEpoch() (e EpochKey) {
	for i := range e {
		e[i] = byte(i)
	}
	return e
}

func TestEpoch0Vectors(t *testing.T) {
	e := DeriveEpoch0("lobby", "")
	wantHex(t, "open room", e[:], "513ad1fa8fd01363d6f2b08af3d01436e93ede459fc63e900ae0e3ef4fa5b4d3")
	e = DeriveEpoch0("ab", "c") // not the room "a" with the secret "bc"
	wantHex(t, "private room", e[:], "62dc093dd290d39e95bf050015ba08332fbb615578eff72c0c068cd912c1d318")
}

func TestRoomKeyVectors(t *testing.T) {
	r := NewRoomKeys(testEpoch())
	wantHex(t, "id", r.ID[:], "9c5df31963dcfb24e759516021981cf9")
	wantHex(t, "tag", r.Tag[:], "dc9481dc72d81dafa7475ffd11b967a7")
	wantHex(t, "announce", r.Announce[:], "423702e0eade4f3ccd96564d7ffb635406ee176c223e90ebf7c029c22db074fe")
	wantHex(t, "disco", r.Disco[:], "e24e3edfb8ed071ecfbe75d3ac24742a01c3171aaa8b49f76c714d967afe24e4")
	if got := r.Word(); got != "zurat-hakul" {
		t.Errorf("word %q", got)
	}
	exporter := bytes.Repeat([]byte{1}, 32)
	proof := r.Proof(RoleClient, exporter, PublicKey(bytes.Repeat([]byte{2}, 32)), PublicKey(bytes.Repeat([]byte{3}, 32)))
	wantHex(t, "proof", proof[:], "170706616ad8c460557944237796dcd7572fbdc13311c42eeea454a08c03e2f6")
}

// Proquints of addresses, from Wilkerson's article (arXiv 0901.4016).
func TestProquint(t *testing.T) {
	for _, v := range []struct {
		in   []byte
		want string
	}{
		{[]byte{127, 0, 0, 1}, "lusab-babad"},
		{[]byte{63, 84, 220, 193}, "gutih-tugad"},
		{[]byte{216, 68, 232, 21}, "todah-vobij"},
	} {
		if got := proquint(v.in[:2]) + "-" + proquint(v.in[2:]); got != v.want {
			t.Errorf("%v is %q, want %q", v.in, got, v.want)
		}
	}
}

func TestRoomProof(t *testing.T) {
	r, other := NewRoomKeys(testEpoch()), NewRoomKeys(EpochKey{9})
	client, server, exporter := PublicKey{1}, PublicKey{2}, []byte("exporter")
	p := r.Proof(RoleClient, exporter, client, server)
	if !r.CheckProof(p[:], RoleClient, exporter, client, server) {
		t.Fatal("own proof fails")
	}
	for name, ok := range map[string]bool{
		"reflected":        r.CheckProof(p[:], RoleServer, exporter, client, server),
		"other connection": r.CheckProof(p[:], RoleClient, []byte("exportes"), client, server),
		"other client":     r.CheckProof(p[:], RoleClient, exporter, PublicKey{3}, server),
		"other server":     r.CheckProof(p[:], RoleClient, exporter, client, PublicKey{3}),
		"swapped":          r.CheckProof(p[:], RoleClient, exporter, server, client),
		"other room":       other.CheckProof(p[:], RoleClient, exporter, client, server),
		"short":            r.CheckProof(p[:31], RoleClient, exporter, client, server),
		"none":             r.CheckProof(nil, RoleClient, exporter, client, server),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
	for i := range p {
		bad := p
		bad[i] ^= 1
		if r.CheckProof(bad[:], RoleClient, exporter, client, server) {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
}
