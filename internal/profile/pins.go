package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf8"

	"gochat/crypto"
)

const (
	maxPins    = 10_000 // of each kind
	maxPinName = 128    // bytes
)

// ErrPinsFull says that no new key can be remembered. Old pins are never
// dropped for new ones: a flood of names would else free a known one.
var ErrPinsFull = errors.New("too many names are remembered already")

var errNotPinnable = fmt.Errorf("a name has 1 to %d bytes of UTF-8, and a key is not zero", maxPinName)

func pinnable(name string, key crypto.PublicKey) bool {
	return name != "" && len(name) <= maxPinName && utf8.ValidString(name) && !key.IsZero()
}

// pins are the keys first seen, kept in a file of JSON lines that grows by one
// line a pin: a full rewrite for each of a large room's members would keep the
// disk busy.
type pins struct {
	file      *os.File
	nicks     map[string]crypto.PublicKey
	bootnodes map[string]crypto.PublicKey
}

// pin is one line of the file; exactly one of Nick and Bootnode is set. A
// later line for the same name replaces an earlier one.
type pin struct {
	Nick     string `json:"nick,omitempty"`
	Bootnode string `json:"bootnode,omitempty"`
	Key      string `json:"key"`
}

// PinNick returns the key that the folded nick was first seen with. If it was
// never seen, key becomes that key and first is true, also when the error says
// that it could not be kept.
func (p *Profile) PinNick(folded string, key crypto.PublicKey) (known crypto.PublicKey, first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.pins.nicks[folded]; ok {
		return known, false, nil
	}
	return key, true, p.pin(p.pins.nicks, folded, key, pin{Nick: folded, Key: key.String()})
}

// PinBootnode is PinNick for a bootnode's address and key.
func (p *Profile) PinBootnode(addr string, key [32]byte) (known [32]byte, first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.pins.bootnodes[addr]; ok {
		return known, false, nil
	}
	return key, true, p.pinBootnode(addr, key)
}

// RepinBootnode replaces the key remembered for the address: the user has
// named the new one.
func (p *Profile) RepinBootnode(addr string, key [32]byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pins.bootnodes[addr] == crypto.PublicKey(key) {
		return nil
	}
	return p.pinBootnode(addr, key)
}

func (p *Profile) pinBootnode(addr string, key crypto.PublicKey) error {
	return p.pin(p.pins.bootnodes, addr, key, pin{Bootnode: addr, Key: key.String()})
}

// pin remembers the key for this run and appends it to the file.
func (p *Profile) pin(m map[string]crypto.PublicKey, name string, key crypto.PublicKey, line pin) error {
	_, known := m[name]
	switch {
	case !pinnable(name, key):
		return fmt.Errorf("remember a key: %w", errNotPinnable)
	case len(m) >= maxPins && !known:
		return fmt.Errorf("remember a key: %w", ErrPinsFull)
	}
	if err := p.check(); err != nil {
		return err
	}
	m[name] = key
	b, err := json.Marshal(line)
	if err == nil {
		_, err = p.pins.file.Write(append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("remember a key: %w", err)
	}
	return nil
}

func (s *pins) close() error { return s.file.Close() }

func (p *Profile) pinsPath() string { return filepath.Join(p.dir, "pins") }

// loadPins reads the file and opens it for more. Of a damaged file the good
// lines are kept: losing a pin is losing the warning that goes with it.
func (p *Profile) loadPins() (damage string, err error) {
	b, err := readFile(p.pinsPath(), maxPinFile)
	tooLong := errors.Is(err, errDamaged)
	if err != nil && !tooLong && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the remembered keys: %w", err)
	}
	good := p.pins.parse(b)
	if tooLong || len(good) != len(b) {
		damage, err = moveAside(p.pinsPath(), "what could be read of the remembered keys still counts")
		if err == nil {
			err = writeFile(p.pinsPath(), good)
		}
		if err != nil {
			return "", fmt.Errorf("mend the remembered keys: %w", err)
		}
	}
	p.pins.file, err = os.OpenFile(p.pinsPath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("open the remembered keys: %w", err)
	}
	return damage, nil
}

// parse fills the maps and returns the lines that were good.
func (s *pins) parse(b []byte) (good []byte) {
	s.nicks, s.bootnodes = make(map[string]crypto.PublicKey), make(map[string]crypto.PublicKey)
	for line := range bytes.Lines(b) {
		if s.parseLine(line) {
			good = append(good, line...)
		}
	}
	return good
}

func (s *pins) parseLine(line []byte) bool {
	var l pin
	if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &l) != nil {
		return false
	}
	m, name := s.nicks, l.Nick
	if l.Bootnode != "" {
		m, name = s.bootnodes, l.Bootnode
	}
	key, err := crypto.ParsePublicKey(l.Key)
	if err != nil || !pinnable(name, key) || (l.Nick != "" && l.Bootnode != "") {
		return false
	}
	if _, known := m[name]; !known && len(m) >= maxPins {
		return false
	}
	m[name] = key
	return true
}

// Bootnode returns the key remembered for a bootnode's address; zero: none.
func (p *Profile) Bootnode(addr string) [32]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pins.bootnodes[addr]
}
