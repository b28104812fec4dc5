package profile

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gochat/internal/text"
)

// maxNickFile is far above what a nick and a seal take.
const maxNickFile = 1 << 10

// OwnNick is the own nick that was kept last; "": none was.
func (p *Profile) OwnNick() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nick
}

// KeepNick keeps the own nick for the next start, and reports whether it is on disk.
// The nick is text.ValidNick.
func (p *Profile) KeepNick(nick string) (kept bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := text.ValidNick(nick); err != nil {
		return false, err
	}
	if err := p.check(); err != nil {
		return false, err
	}
	if p.nick = nick; p.fleeting {
		return false, nil
	}
	if err := p.writeNick(&p.vault); err != nil {
		return false, fmt.Errorf("keep the nick: %w", err)
	}
	return true, nil
}

// writeNick writes the nick, if there is one, into a vault. The caller holds mu.
func (p *Profile) writeNick(v *vault) error {
	if p.nick == "" {
		return nil
	}
	return v.writeSecret(nickFile, []byte(p.nick+"\n"))
}

func (p *Profile) loadNick() (damage string, err error) {
	nick, err := p.vault.readNick()
	if errors.Is(err, errDamaged) {
		return p.vault.moveAside(p.vault.file(nickFile), "you are called as without one; /nick chooses another")
	}
	p.nick = nick
	return "", err
}

// readNick reads the own nick; "" if none was kept, errDamaged if it is none.
func (v *vault) readNick() (string, error) {
	b, err := v.readSecret(nickFile, maxNickFile)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the nick: %w", err)
	}
	nick := strings.TrimSuffix(string(b), "\n")
	if text.ValidNick(nick) != nil {
		return "", fmt.Errorf("%s: %w", v.join(v.file(nickFile)), errDamaged)
	}
	return nick, nil
}

// OwnNick is as of Profile; of a damaged file none.
func (r *Reading) OwnNick() string {
	nick, _ := r.vault.readNick()
	return nick
}
