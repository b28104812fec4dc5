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
	var refused refusedNick
	if errors.As(err, &refused) {
		_, err := p.vault.moveAside(p.vault.file(nickFile), "")
		return refused.Error() + ". You are called as without one; /nick chooses another", err
	}
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
	if err := text.ValidNick(nick); err != nil {
		return "", refusedNick{err}
	}
	return nick, nil
}

// refusedNick says that what was kept is no nick, or none any more: what one may
// be has changed. To who only reads it is errDamaged.
type refusedNick struct{ why error }

func (e refusedNick) Error() string        { return "the nick that was kept cannot be used: " + e.why.Error() }
func (e refusedNick) Is(target error) bool { return target == errDamaged }

// OwnNick is as of Profile; of a damaged file none.
func (r *Reading) OwnNick() string {
	nick, _ := r.vault.readNick()
	return nick
}
