package crypto

import "testing"

func TestCookie(t *testing.T) {
	j, addr := NewCookieJar(), []byte("192.0.2.1:1")
	c := j.Make(addr, 7)
	for period, want := range map[uint32]bool{5: false, 6: false, 7: true, 8: true, 9: false, 7 + 1<<31: false} {
		if got := j.Check(c, addr, period); got != want {
			t.Errorf("in period %d: %v", period, got)
		}
	}
	if last := j.Make(addr, 1<<32-1); !j.Check(last, addr, 0) {
		t.Error("the count of periods does not wrap")
	}
	if j.Check(c, []byte("192.0.2.1:2"), 7) {
		t.Error("good for another address")
	}
	if NewCookieJar().Check(c, addr, 7) {
		t.Error("good at another bootnode")
	}
	for i := range c {
		bad := c
		bad[i] ^= 1
		if j.Check(bad, addr, 7) || j.Check(bad, addr, 8) {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
}

func TestRegisterKeys(t *testing.T) {
	member, boot := runPair(t)
	km, err := NewRegisterKeys(member, boot.Public())
	if err != nil {
		t.Fatal(err)
	}
	kb, err := NewRegisterKeys(boot, member.Public())
	if err != nil {
		t.Fatal(err)
	}
	var c Cookie
	for i := range c {
		c[i] = byte(i)
	}
	tag := NewRoomKeys(testEpoch()).Tag
	p := km.Proof(c, tag)
	wantHex(t, "proof", p[:], "2aeada86925f386bc2a5304dc7634589")
	wantHex(t, "answer key", kb.answer[:], "50a73be0c5c804c60866cfbc536b124b2b20023ccb891f39ecf9d99e26bc0966")
	if !kb.CheckProof(p, c, tag) {
		t.Error("the bootnode refuses the proof")
	}
	if kb.CheckProof(p, Cookie{1}, tag) || kb.CheckProof(p, c, RoomTag{1}) {
		t.Error("the proof is good for another cookie or room")
	}
	for i := range p {
		bad := p
		bad[i] ^= 1
		if kb.CheckProof(bad, c, tag) {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
	if got, err := km.Answer().Open(nil, kb.Answer().Seal(nil, []byte("welcome"), nil), nil); err != nil || string(got) != "welcome" {
		t.Errorf("opened %q, %v", got, err)
	}
}
