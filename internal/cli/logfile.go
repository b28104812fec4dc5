package cli

import (
	"fmt"
	"os"
	"sync"
)

// boundedLog is a log file that is begun anew when it is large; the one before is
// kept, with .1 at the end of its name.
type boundedLog struct {
	path string
	max  int64

	mu    sync.Mutex
	file  *os.File
	size  int64
	began func(*os.File)
}

func openBoundedLog(path string, most int64) (*boundedLog, error) {
	l := &boundedLog{path: path, max: most, began: func(*os.File) {}}
	return l, l.open()
}

// open opens the file. With mu held.
func (l *boundedLog) open() error {
	f, err := openAppend(l.path)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, st.Size()
	return nil
}

// openAppend opens a log for its owner alone.
func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// Write writes one record, whole in one file.
func (l *boundedLog) Write(p []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > 0 && l.size+int64(len(p)) > l.max || l.file == nil {
		if err := l.turn(); err != nil {
			return 0, err
		}
	}
	n, err = l.file.Write(p)
	l.size += int64(n)
	return n, err
}

// turn begins a new file. With mu held.
func (l *boundedLog) turn() error {
	if l.file != nil {
		l.file.Close()
		l.file = nil
		if os.Rename(l.path, l.path+".1") != nil { // others have it open, on Windows
			if err := os.Truncate(l.path, 0); err != nil {
				return fmt.Errorf("begin a new log: %w", err)
			}
		}
	}
	if err := l.open(); err != nil {
		return err
	}
	l.began(l.file)
	return nil
}

// follow has a function called with the file, now and whenever another is begun.
// It must not keep it.
func (l *boundedLog) follow(began func(*os.File)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began = began
	if l.file != nil {
		began(l.file)
	}
}

// Close closes the file.
func (l *boundedLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
