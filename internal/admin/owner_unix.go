//go:build unix

package admin

import (
	"os"
	"syscall"
)

// ours reports whether a file belongs to this process's user.
func ours(st os.FileInfo) bool {
	s, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
