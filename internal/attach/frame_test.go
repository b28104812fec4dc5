package attach

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestFrames(t *testing.T) {
	b := appendFrame(appendFrame(nil, kindOut, []byte("shown")), kindEnd, nil)
	r := bytes.NewReader(b)
	if k, p, err := readFrame(r, maxFrame); k != kindOut || string(p) != "shown" || err != nil {
		t.Error(k, p, err)
	}
	if k, p, err := readFrame(r, maxFrame); k != kindEnd || len(p) != 0 || err != nil {
		t.Error(k, p, err)
	}
	if _, _, err := readFrame(r, maxFrame); err != io.EOF {
		t.Error(err)
	}
	for i := range b[:8] {
		if i == 0 {
			continue
		}
		if _, _, err := readFrame(bytes.NewReader(b[:i]), maxFrame); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Errorf("cut after %d: %v", i, err)
		}
	}
	if _, _, err := readFrame(bytes.NewReader(b), 4); !errors.Is(err, errFrame) {
		t.Error("a frame over the limit:", err)
	}
}

func TestHelloIsChecked(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"ui":"tui","theme":"dark","environ":{"TERM":"xterm","LANG":"C.UTF-8"},"width":80,"height":24}`: true,
		`{"detach":true}`:            true,
		`{"width":-1}`:               false,
		`{"height":1000000}`:         false,
		`{"width":"80"}`:             false,
		`hello`:                      false,
		`{"ui":"tui","more":[]}`:     true,
		`{"theme":"\u001b[2J"}`:      false,
		`{"notify":"ä"}`:             false,
		`{"environ":{"TERM":"x\n"}}`: false,
		`{"environ":{"\u009b":"x"}}`: false,
		`{"environ":["TERM"]}`:       false,
		`{"ui":"` + strings.Repeat("x", maxWord+1) + `"}`:             false,
		`{"environ":{"TERM":"` + strings.Repeat("x", maxWord) + `"}}`: true,
		manyVariables(maxEnviron):                                     true,
		manyVariables(maxEnviron + 1):                                 false,
	} {
		if _, err := parseHello(kindHello, []byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := parseHello(kindInput, []byte(`{}`)); err == nil {
		t.Error("input was taken for a hello")
	}
	for _, b := range []string{"", "abc", "abcde", "\xff\xff\x00\x01"} {
		if _, _, err := parseSize([]byte(b)); err == nil {
			t.Errorf("%q is no size", b)
		}
	}
	if w, h, err := parseSize(appendSize(nil, 80, 5000)); w != 80 || h != maxSide || err != nil {
		t.Error(w, h, err)
	}
}

func manyVariables(n int) string {
	h := Hello{Environ: map[string]string{}}
	for i := range n {
		h.Environ[strings.Repeat("X", i+1)] = "x"
	}
	b, _ := json.Marshal(h)
	return string(b)
}

func FuzzFrames(f *testing.F) {
	f.Add(appendFrame(nil, kindHello, []byte(`{"ui":"tui","width":80,"height":24,"theme":"dark","environ":{"TERM":"xterm"}}`)))
	f.Add(appendFrame(appendFrame(nil, kindInput, []byte("x")), kindResize, appendSize(nil, 80, 24)))
	f.Add(appendFrame(nil, kindBye, []byte(`{"reason":"left"}`)))
	f.Add([]byte{byte(kindOut), 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		for {
			k, payload, err := readFrame(r, maxFrame)
			if err != nil {
				return
			}
			if h, err := parseHello(k, payload); err == nil && (!sizeOK(h.Width, h.Height) || !h.wordsOK()) {
				t.Errorf("%+v", h)
			}
			if w, h, err := parseSize(payload); err == nil && !bytes.Equal(appendSize(nil, w, h), payload) {
				t.Errorf("%d %d of %x", w, h, payload)
			}
			if bye, err := parseBye(payload); err == nil {
				if _, err := json.Marshal(bye); err != nil {
					t.Error(err)
				}
			}
			if again := appendFrame(nil, k, payload); !strings.Contains(string(b), string(again)) {
				t.Errorf("%x from %x", again, b)
			}
		}
	})
}
