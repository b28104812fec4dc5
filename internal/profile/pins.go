package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"unicode/utf8"

	"gochat/crypto"
)

const (
	maxPins     = 10_000 // of each kind
	maxPinName  = 128    // bytes
	maxReplaced = 1_000  // lines of the file that later ones replace
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
	lines     int // in the file
	nicks     map[string]crypto.PublicKey
	bootnodes map[string]crypto.PublicKey
	verified  map[crypto.PublicKey]bool // by the user; see verified.go
	ignored   map[crypto.PublicKey]bool // by the user; see ignored.go
}

// pin is one line of the file; exactly one of Nick, Bootnode, Verified and
// Ignored is set. A later line for the same name, or about the same key being
// verified or ignored, replaces an earlier one.
type pin struct {
	Nick     string `json:"nick,omitempty"`
	Bootnode string `json:"bootnode,omitempty"`
	Verified *bool  `json:"verified,omitempty"`
	Ignored  *bool  `json:"ignored,omitempty"`
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

// Nick returns the key that a folded nick was first seen with, and remembers
// nothing.
func (p *Profile) Nick(folded string) (key crypto.PublicKey, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, known = p.pins.nicks[folded]
	return key, known
}

// Bootnode returns the key remembered for a bootnode's address; zero if there
// is none.
func (p *Profile) Bootnode(addr string) [32]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pins.bootnodes[addr]
}

// RepinBootnode remembers a key for the address, in place of an earlier one.
func (p *Profile) RepinBootnode(addr string, key [32]byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pins.bootnodes[addr] == crypto.PublicKey(key) {
		return nil
	}
	return p.pin(p.pins.bootnodes, addr, key, pin{Bootnode: addr, Key: crypto.PublicKey(key).String()})
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
	return p.addLine(line)
}

// addLine appends to the file what is in the maps already.
func (p *Profile) addLine(line pin) error {
	if p.fleeting {
		return nil
	}
	err := p.appendLine(line)
	if err == nil && p.pins.overgrown() {
		err = p.reopenPins()
	}
	if err != nil {
		return fmt.Errorf("remember a key: %w", err)
	}
	return nil
}

// appendLine appends to the file, unless all of it is to be written anew anyway.
func (p *Profile) appendLine(line pin) error {
	if p.pins.overgrown() {
		return nil
	}
	_, err := p.pins.file.Write(p.vault.sealLine(pinsFile, line.format()))
	if p.pins.lines++; err != nil {
		p.pins.lines = math.MaxInt // half a line may be there, which the next one must not follow
	}
	return err
}

func (s *pins) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// overgrown reports whether replaced lines make up more of the file than they
// should: a bootnode that shows another key each time must not fill the disk.
func (s *pins) overgrown() bool { return s.lines > s.count()+maxReplaced }

// count is how many lines the file needs.
func (s *pins) count() int { return len(s.nicks) + len(s.bootnodes) + len(s.verified) + len(s.ignored) }

func (l pin) format() []byte {
	b, _ := json.Marshal(l) // strings and bools: cannot fail
	return b
}

// format is the file with nothing replaced in it.
func (s *pins) format(v *vault) (b []byte) {
	for _, name := range slices.Sorted(maps.Keys(s.nicks)) {
		b = append(b, v.sealLine(pinsFile, pin{Nick: name, Key: s.nicks[name].String()}.format())...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.bootnodes)) {
		b = append(b, v.sealLine(pinsFile, pin{Bootnode: name, Key: s.bootnodes[name].String()}.format())...)
	}
	for _, key := range slices.SortedFunc(maps.Keys(s.verified), crypto.PublicKey.Compare) {
		b = append(b, v.sealLine(pinsFile, verification(key, true).format())...)
	}
	for _, key := range slices.SortedFunc(maps.Keys(s.ignored), crypto.PublicKey.Compare) {
		b = append(b, v.sealLine(pinsFile, disregard(key, true).format())...)
	}
	return b
}

// loadPins reads the file and opens it for more. Of a damaged file the good
// lines are kept: losing a pin is losing the warning that goes with it.
func (p *Profile) loadPins() (damage string, err error) {
	name := p.vault.file(pinsFile)
	b, err := p.vault.read(name, maxPinFile)
	tooLong := errors.Is(err, errDamaged)
	if err != nil && !tooLong && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the remembered keys: %w", err)
	}
	if clean := p.pins.parse(b, &p.vault); tooLong || !clean {
		damage, err = p.vault.moveAside(name, "what could be read of the remembered keys still counts")
		if err != nil {
			return "", fmt.Errorf("mend the remembered keys: %w", err)
		}
		p.pins.lines = math.MaxInt // have it written anew
	}
	if err := p.openPins(); err != nil {
		return "", fmt.Errorf("open the remembered keys: %w", err)
	}
	return damage, nil
}

// openPins opens the file for appending, after writing it anew if need be.
func (p *Profile) openPins() error {
	name := p.vault.file(pinsFile)
	if p.pins.overgrown() {
		if err := p.vault.write(name, p.pins.format(&p.vault)); err != nil {
			return err
		}
		p.pins.lines = p.pins.count()
	}
	f, err := os.OpenFile(p.vault.join(name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		p.pins.file = f
	}
	return err
}

// reopenPins turns to the file that counts now. The present one is closed before:
// Windows replaces no open file. After an error the next line tries again.
func (p *Profile) reopenPins() error {
	err := errors.Join(p.pins.close(), p.openPins())
	if p.pins.file == nil {
		p.pins.lines = math.MaxInt // there is nothing to append to
	}
	return err
}

// parse fills the maps and reports whether every line was good.
func (s *pins) parse(b []byte, v *vault) (clean bool) {
	s.nicks, s.bootnodes = make(map[string]crypto.PublicKey), make(map[string]crypto.PublicKey)
	s.verified, s.ignored = make(map[crypto.PublicKey]bool), make(map[crypto.PublicKey]bool)
	clean = true
	for line := range bytes.Lines(b) {
		s.lines++
		line, ok := v.openLine(pinsFile, line)
		clean = ok && s.parseLine(line) && clean
	}
	return clean
}

func (s *pins) parseLine(line []byte) bool {
	var l pin
	if json.Unmarshal(line, &l) != nil {
		return false
	}
	if l.Verified != nil || l.Ignored != nil {
		return s.parseMark(l)
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
