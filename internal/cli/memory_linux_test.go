package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// smaps is a mapping as the kernel describes it.
func smaps(head, anonymous, swap string) string {
	return head + "\nSize:  4 kB\nRss:  4 kB\nAnonymous:  " + anonymous + " kB\nSwap:  " + swap + " kB\nVmFlags: rd mr mw me\n"
}

func TestUnchangedMappings(t *testing.T) {
	const program = "/opt/a place/gochat"
	list := smaps("00400000-012cf000 r-xp 00000000 fe:00 1001 "+program, "0", "0") +
		smaps("012cf000-02212000 r--p 00ecf000 fe:00 1001      "+program, "0", "0") +
		smaps("02212000-022da000 rw-p 01e12000 fe:00 1001 "+program, "0", "0") +
		smaps("03000000-03001000 r--s 00000000 fe:00 1001 "+program, "0", "0") +
		smaps("04000000-04001000 r--p 00000000 fe:00 1001 "+program, "4", "0") + // a loader wrote there
		smaps("05000000-05001000 r--p 00000000 fe:00 1001 "+program, "0", "4") +
		smaps("06000000-06001000 r--p 00000000 fe:00 1002 "+program+".so", "0", "0") +
		smaps("07000000-07001000 r--p 00000000 fe:00 1003 /lib"+program, "0", "0") +
		smaps("08000000-08001000 r--p 00000000 00:00 0", "0", "0") +
		smaps("7ffc5e8fd000-7ffc5e91e000 rw-p 00000000 00:00 0 [stack]", "16", "0")
	got, err := unchanged(strings.NewReader(list), program)
	want := []span{{0x400000, 0x12cf000}, {0x12cf000, 0x2212000}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
}

// A program without its pages fetches those again that it needs, and runs on.
func TestReleaseProgram(t *testing.T) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	populate(t, program)
	before := programKB(t, program)
	if err := releaseProgram(); err != nil {
		t.Fatal(err)
	}
	if after := programKB(t, program); after > before/2 {
		t.Errorf("%d kB of the program in memory, %d before", after, before)
	}
}

// populate has all of the program in memory.
func populate(t *testing.T, program string) {
	t.Helper()
	const populateRead = 22 // MADV_POPULATE_READ, since Linux 5.14
	list, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	spans, err := unchanged(list, program)
	if err != nil || len(spans) == 0 {
		t.Fatal(spans, err)
	}
	for _, s := range spans {
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, populateRead); errno != 0 {
			t.Skip("this kernel does not read a program in: ", errno)
		}
	}
}

// programKB is how much of the program's file is in the process, unchanged.
func programKB(t *testing.T, program string) (sum int) {
	t.Helper()
	list, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(list)) {
		var kb int
		if _, begins := mapping(line); begins {
			ours = isReadOnly(strings.TrimSuffix(line, "\n"), program)
		} else if n, _ := fmt.Sscanf(line, "Rss: %d kB", &kb); ours && n == 1 {
			sum += kb
		}
	}
	return sum
}
