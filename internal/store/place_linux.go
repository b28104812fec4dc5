package store

import (
	"io/fs"
	"syscall"
)

// birth is a file's number on its disk and when its inode last changed, in
// nanoseconds.
func birth(info fs.FileInfo) (number uint64, changed int64, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return s.Ino, s.Ctim.Nano(), true
}
