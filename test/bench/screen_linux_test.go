package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// atRest is when a member has given back what its start took.
const atRest = 5 * time.Second

// BenchmarkFirstScreen is a process's start in a large room on a terminal: until
// messages are on the screen, and until all of the room is read. Its memory is that
// of some seconds later.
func BenchmarkFirstScreen(b *testing.B) {
	dir := largeData(b)
	var first, read []time.Duration
	for b.Loop() {
		term := newTerminal(b)
		begin := time.Now()
		cmd := exec.Command(binary, "--bootnode", freeAddr(b), "--room", largeRoom, "--ui", "tui", "--data-dir", dir)
		term.run(cmd)
		term.await("asking the bootnode|no bootnode answers|reading history")
		first = append(first, time.Since(begin))
		if n := strings.Count(term.seen.String(), ":"); n < 10 { // a time each
			b.Fatalf("%d messages on the screen", n)
		}
		term.await("asking the bootnode|no bootnode answers")
		read = append(read, time.Since(begin))
		time.Sleep(atRest)
		b.ReportMetric(residentMB(b, cmd), "RSS-MB")
		fmt.Fprint(term.master, "\x03")
		if err := cmd.Wait(); err != nil {
			b.Log("the process: ", err) // its bootnode is none
		}
		term.master.Close()
	}
	b.ReportMetric(median(first), "ms-to-screen")
	b.ReportMetric(median(read), "ms-to-read")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSwitch is having another of ten large rooms in front, twenty times: from
// the key to its name on the terminal, with ten messages at least.
func BenchmarkSwitch(b *testing.B) {
	const rooms, switches = 10, 20
	args := []string{"--bootnode", freeAddr(b), "--ui", "tui", "--data-dir", largeRooms(b, *messages, rooms)}
	for i := range rooms {
		args = append(args, "--room", roomName(i, rooms))
	}
	term := newTerminal(b)
	cmd := exec.Command(binary, args...)
	term.run(cmd)
	term.await("asking the bootnode|no bootnode answers")
	for i := range rooms {
		term.seen.Reset()
		fmt.Fprint(term.master, "\x1b[1;3B") // Alt-Down
		term.await(roomName((i+1)%rooms, rooms))
	}
	var times []time.Duration
	for b.Loop() {
		for i := range switches {
			term.seen.Reset()
			begin := time.Now()
			fmt.Fprint(term.master, "\x1b[1;3B")
			term.await(roomName((i+1)%rooms, rooms))
			times = append(times, time.Since(begin))
		}
	}
	slices.Sort(times)
	b.ReportMetric(residentMB(b, cmd), "RSS-MB")
	b.ReportMetric(median(times), "ms/switch")
	b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "ms/switch-max")
	b.ReportMetric(0, "ns/op")
	go func() { _, _ = io.Copy(io.Discard, term.master) }() // it has more to say than a terminal holds
	fmt.Fprint(term.master, "\x03")
	if err := cmd.Wait(); err != nil {
		b.Log("the process: ", err) // its bootnode is none
	}
}

// residentMB is what a process has in memory.
func residentMB(b *testing.B, cmd *exec.Cmd) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}

// terminal is a pseudo-terminal and what was written to it.
type terminal struct {
	b             *testing.B
	master, slave *os.File
	seen          bytes.Buffer
}

func newTerminal(b *testing.B) *terminal {
	b.Helper()
	t := &terminal{b: b}
	var err error
	if t.master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		b.Skip("no terminals here: ", err)
	}
	var number, unlocked int32
	t.ioctl(syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	t.ioctl(syscall.TIOCGPTN, unsafe.Pointer(&number))
	size := [4]uint16{30, 110} // rows, columns
	t.ioctl(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	if t.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		b.Fatal(err)
	}
	return t
}

func (t *terminal) ioctl(request uintptr, arg unsafe.Pointer) {
	t.b.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, t.master.Fd(), request, uintptr(arg)); errno != 0 {
		t.b.Fatal(errno)
	}
}

func (t *terminal) run(cmd *exec.Cmd) {
	t.b.Helper()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = t.slave, t.slave, t.slave
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.b.Fatal(err)
	}
	t.slave.Close()
	t.b.Cleanup(func() { _ = cmd.Process.Kill() })
}

// await reads until one of the texts, with | between them, is there.
func (t *terminal) await(texts string) {
	t.b.Helper()
	buf := make([]byte, 1<<16)
	for begin := time.Now(); time.Since(begin) < patience; {
		for text := range strings.SplitSeq(texts, "|") {
			if strings.Contains(t.seen.String(), text) {
				return
			}
		}
		n, err := t.master.Read(buf)
		t.seen.Write(buf[:n])
		if err != nil {
			t.b.Fatalf("%v after %q", err, t.seen.String())
		}
	}
	t.b.Fatalf("none of %q in %q", texts, t.seen.String())
}
