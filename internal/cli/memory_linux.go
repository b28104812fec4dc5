package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// span is a stretch of the address space.
type span struct{ from, to uintptr }

// releaseProgram takes the pages of the program's own file, its code and its
// constants, out of the process. They stay in the system's cache, and come back
// one by one when they are used: what a start needs is several times what runs on.
func releaseProgram() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	mappings, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer mappings.Close()
	spans, err := unchanged(mappings, program)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, syscall.MADV_DONTNEED); errno != 0 {
			return errno
		}
	}
	return nil
}

// unchanged finds, in the form of /proc/PID/smaps, the private mappings of a file
// that cannot be written to, and in which no page differs from the file. There are
// such pages where a loader has put addresses in, or a debugger its breakpoints, and
// they would be lost.
func unchanged(smaps io.Reader, file string) (out []span, err error) {
	var at span
	ours := false
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		line := lines.Text()
		key, value, _ := strings.Cut(line, ":")
		next, begins := mapping(line)
		switch {
		case begins:
			at, ours = next, isReadOnly(line, file)
		case (key == "Anonymous" || key == "Swap") && strings.TrimSpace(value) != "0 kB":
			ours = false
		case ours && key == "VmFlags": // the last line of each
			out = append(out, at)
		}
	}
	return out, lines.Err()
}

// mapping reads where a mapping lies that begins with this line.
func mapping(line string) (at span, begins bool) {
	n, _ := fmt.Sscanf(line, "%x-%x ", &at.from, &at.to)
	return at, n == 2
}

// isReadOnly reports whether a mapping is a private one of a file that is only read
// or run. Its line has addresses, permissions, offset, device, inode and name.
func isReadOnly(line, file string) bool {
	fields := strings.Fields(line)
	at := strings.IndexByte(line, '/') // of the name: nothing before has one
	return len(fields) > 5 && (fields[1] == "r--p" || fields[1] == "r-xp") && at > 0 && line[at:] == file
}
