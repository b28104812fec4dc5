package admin

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// ErrTaken says that another process answers at a socket.
var ErrTaken = errors.New("another bootnode answers there")

// ErrNobody says that no bootnode answers at a socket.
var ErrNobody = errors.New("no bootnode answers there")

// maxSocketPath is what fits a socket's address on all systems, with room for the
// directory in which it is made.
const maxSocketPath = 90

// Listen opens a socket that only its owner can connect to. What an earlier
// process left there is replaced; a socket where somebody answers (ErrTaken), one
// of another user and any other file are not.
//
// It is made in a directory of its own, which nobody else can enter, and moved to
// its place with its final mode: there is no moment in which others get in.
func Listen(path string) (net.Listener, error) {
	if path == "" || strings.HasPrefix(path, "@") || strings.ContainsRune(path, 0) {
		return nil, errors.New("an admin socket needs a path of a file")
	}
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("%s is over the %d bytes that a socket's path may have: choose a shorter one with --admin-sock", path, maxSocketPath)
	}
	if err := clearPlace(path); err != nil {
		return nil, err
	}
	if runtime.GOOS == "windows" { // the directory's access list decides there
		return net.Listen("unix", path)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".a")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // its name there is about to go
	if err := os.Chmod(made, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	if err := os.Rename(made, path); err != nil {
		l.Close()
		return nil, err
	}
	return &listener{l, path}, nil
}

// listener removes the socket when it is closed.
type listener struct {
	*net.UnixListener
	path string
}

// Close ends it.
func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if errors.Is(err, net.ErrClosed) {
		return err // the name may be somebody else's by now
	}
	return errors.Join(err, os.Remove(l.path))
}

// clearPlace removes a socket that nobody answers at.
func clearPlace(path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case st.Mode()&os.ModeSocket == 0 && runtime.GOOS != "windows":
		return fmt.Errorf("%s is there and no socket: move it away, or choose another place with --admin-sock", path)
	}
	if !ours(st) {
		return fmt.Errorf("%s is the socket of another user: choose another place with --admin-sock", path)
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		c.Close()
		return fmt.Errorf("%s: %w", path, ErrTaken)
	case errors.Is(err, syscall.EAGAIN): // so many that they queue
		return fmt.Errorf("%s: %w", path, ErrTaken)
	}
	return os.Remove(path)
}
