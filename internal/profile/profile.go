// Package profile keeps what outlives the process on this machine: the data
// directory and its lock, the identity key, the run number, cached room keys,
// the own nick and the keys first seen for nicks and bootnodes. With a passphrase, all of
// that but the run number is on disk in sealed form only, and the profile hands
// out the key for what else is to be sealed.
//
// Every file here is treated as hostile input: bounded, checked, and moved
// aside rather than trusted when it is damaged. Messages live in
// internal/store, not here; nothing in this package knows a network.
package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"gochat/crypto"
	"gochat/internal/filelock"
)

// ErrInUse says that another process holds the directory that was named.
var ErrInUse = filelock.ErrInUse

// maxProfiles bounds how many profiles are tried when the first are locked.
const maxProfiles = 1000

// Notice is a line for the user about something that was mended or chosen.
// Code is a stable word for programs.
type Notice struct{ Code, Text string }

// The codes of a Notice.
const (
	CodeProfile = "profile" // not the default profile, but the next free one
	CodeDamaged = "damaged" // a file could not be read and was moved aside
)

// Profile is an open data directory, held until Close. Its methods may be
// called from any goroutine.
type Profile struct {
	number   int
	lock     *os.File
	identity *crypto.Identity

	mu       sync.Mutex
	vault    vault
	run      uint64
	rooms    roomCache
	pins     pins
	nick     string // the own one that was chosen; "": none was
	restored bool
	fleeting bool // nothing that is learned is written
}

// KeepNothing has the profile write nothing of what is learned from now on: room
// keys, the own nick and the keys of nicks and bootnodes are forgotten with the process.
// Key and run number stay on disk.
func (p *Profile) KeepNothing() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fleeting = true
}

// Base is the directory of the default profile: $XDG_DATA_HOME/gochat, else
// what the system has for it. Getenv is as of os.Getenv.
func Base(getenv func(string) string) (string, error) {
	// The XDG specification says to ignore a relative path.
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "gochat"), nil
	}
	if dir := getenv("LOCALAPPDATA"); runtime.GOOS == "windows" && dir != "" {
		return filepath.Join(dir, "gochat"), nil
	}
	home := getenv("HOME")
	if runtime.GOOS == "windows" {
		home = getenv("USERPROFILE")
	}
	switch {
	case home == "":
		return "", errors.New("no home directory to keep the key in; name a directory with --data-dir or DATA_DIR")
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support", "gochat"), nil
	}
	return filepath.Join(home, ".local", "share", "gochat"), nil
}

// Open locks the profile in dir, making directory and identity at first use.
// If dir is not explicitly wanted and in use, the first free one of its
// profile-2, profile-3, … is taken instead, and a Notice says so; an explicit
// one in use is ErrInUse. Ask gives the passphrase of a locked profile; if it is
// nil, the error for one is ErrLocked, and after wrong ones it is
// crypto.ErrPassphrase.
func Open(dir string, explicit bool, ask Passphrase) (*Profile, []Notice, error) {
	var notices []Notice
	path, number, lock, err := acquire(dir, "profile", explicit)
	if err != nil {
		return nil, nil, err
	}
	if number > 1 {
		notices = append(notices, Notice{CodeProfile, fmt.Sprintf(
			"another gochat uses the default profile; this one is profile-%d, with a key and pins of its own", number)})
	}
	p := &Profile{vault: vault{folder: folder{path: path}}, number: number, lock: lock}
	if err := p.load(ask, &notices); err != nil {
		p.pins.close()
		p.lock.Close()
		return nil, nil, err
	}
	return p, notices, nil
}

func (p *Profile) load(ask Passphrase, notices *[]Notice) error {
	if err := p.vault.unlock(ask); err != nil {
		return err
	}
	if err := p.loadIdentity(); err != nil {
		return err
	}
	if err := p.loadRestored(); err != nil {
		return err
	}
	// The identity is whole: what a crash left of the other form can go.
	if err := p.vault.sweep(); err != nil {
		return fmt.Errorf("delete what a change of the passphrase left: %w", err)
	}
	for _, read := range []func() (string, error){p.loadRun, p.loadRooms, p.loadPins, p.loadNick} {
		damage, err := read()
		if err != nil {
			return err
		}
		if damage != "" {
			*notices = append(*notices, Notice{CodeDamaged, damage})
		}
	}
	return nil
}

// Dir is the directory that holds the profile.
func (p *Profile) Dir() string { return p.vault.path }

// Number is 1 for the default profile or an explicit directory, and n for
// profile-n.
func (p *Profile) Number() int { return p.number }

// Identity is the profile's identity.
func (p *Profile) Identity() *crypto.Identity { return p.identity }

// Close lets another process have the profile. Afterwards nothing is written.
func (p *Profile) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lock == nil {
		return nil
	}
	err := errors.Join(p.pins.close(), p.lock.Close())
	p.lock = nil
	return err
}

// check is os.ErrClosed once the lock is given up. The caller holds mu.
func (p *Profile) check() error {
	if p.lock == nil {
		return fmt.Errorf("profile %s: %w", p.vault.path, os.ErrClosed)
	}
	return nil
}

// Bootnode is an open bootnode directory, held until Close.
type Bootnode struct {
	// Seed is the 32-byte secret that the bootnode's key is made from.
	Seed [32]byte
	dir  string
	lock *os.File
}

// OpenBootnode locks the directory "bootnode" under dir and reads the
// bootnode's secret, made at first use. Like Open it takes the next free
// directory unless dir is explicit. It shares nothing with the profiles
// beside it, so a bootnode and a member may be given the same --data-dir.
func OpenBootnode(dir string, explicit bool) (*Bootnode, []Notice, error) {
	var notices []Notice
	path, number, lock, err := acquire(filepath.Join(dir, "bootnode"), "bootnode", explicit)
	if err != nil {
		return nil, nil, err
	}
	if number > 1 {
		notices = append(notices, Notice{CodeProfile, fmt.Sprintf(
			"another bootnode uses the default directory; this one has %s and a key of its own", path)})
	}
	seed, err := folder{path: path}.loadSeed("key", "bootnode key")
	if err != nil {
		lock.Close()
		return nil, nil, err
	}
	return &Bootnode{Seed: seed, dir: path, lock: lock}, notices, nil
}

// Dir is the directory that holds the bootnode's key.
func (b *Bootnode) Dir() string { return b.dir }

// Read returns a file of the directory that is at most limit bytes long. The
// error is os.ErrNotExist if there is none.
func (b *Bootnode) Read(name string, limit int64) ([]byte, error) {
	return folder{path: b.dir}.read(name, limit)
}

// Write puts a file into the directory that only its owner can read: all of it,
// or what was there before stays.
func (b *Bootnode) Write(name string, data []byte) error {
	return folder{path: b.dir}.write(name, data)
}

// MoveAside keeps a damaged file for a person to look at and says so, and what
// that leads to.
func (b *Bootnode) MoveAside(name, consequence string) (string, error) {
	return folder{path: b.dir}.moveAside(name, consequence)
}

// Close lets another process have the directory.
func (b *Bootnode) Close() error { return b.lock.Close() }

// whatEnds says how whoever has a directory is ended.
func whatEnds(prefix, path string) string {
	if prefix == "bootnode" {
		return "end that one"
	}
	return "gochat attach shows it, gochat stop ends it (each with --data-dir " + path + ")"
}

// numbered is the directory of one of several profiles, from 1.
func numbered(base, prefix string, number int) string {
	if number == 1 {
		return base
	}
	return filepath.Join(base, prefix+"-"+strconv.Itoa(number))
}

// acquire locks dir, or unless explicit the first free one of dir/prefix-2,
// dir/prefix-3 and so on.
func acquire(dir, prefix string, explicit bool) (path string, number int, lock *os.File, err error) {
	for number = 1; number <= maxProfiles; number++ {
		path = numbered(dir, prefix, number)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return "", 0, nil, fmt.Errorf("make the data directory: %w; name another with --data-dir", err)
		}
		lock, err = filelock.Lock(filepath.Join(path, "lock"))
		switch {
		case err == nil:
			return path, number, lock, nil
		case !errors.Is(err, ErrInUse):
			return "", 0, nil, fmt.Errorf("lock the data directory %s: %w; name another with --data-dir", path, err)
		case explicit:
			return "", 0, nil, fmt.Errorf("the data directory %s is %w: %s, or name another with --data-dir", path, err, whatEnds(prefix, path))
		}
	}
	return "", 0, nil, fmt.Errorf("all %d profiles in %s are %w", maxProfiles, dir, ErrInUse)
}
