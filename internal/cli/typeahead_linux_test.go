package cli

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// pseudoTerminal is one end of a terminal and the other.
func pseudoTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	var number, unlocked uint32
	for request, arg := range map[uintptr]*uint32{syscall.TIOCSPTLCK: &unlocked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(arg))); errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// arrived waits until so many bytes can be read: the kernel hands them over aside.
func arrived(t *testing.T, terminal *os.File, bytes int32) {
	t.Helper()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for begin := time.Now(); time.Since(begin) < time.Minute; <-poll.C {
		var n int32
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), syscall.TIOCINQ, uintptr(unsafe.Pointer(&n))); errno != 0 {
			t.Fatal(errno)
		}
		if n == bytes {
			return
		}
	}
	t.Fatalf("%d bytes have not arrived", bytes)
}

func modes(t *testing.T, terminal *os.File) (m syscall.Termios) {
	t.Helper()
	if err := control(terminal.Fd(), getTermios, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// What is typed from the start on is there for the full screen as it was typed,
// though the terminal is as before when that takes it.
func TestTypedBeforeTheScreen(t *testing.T) {
	master, slave := pseudoTerminal(t)
	before := modes(t, slave)
	c, _ := startedAt(t, slave, t.TempDir(), "tui", "tea")
	defer c.close()
	if _, err := master.WriteString("a\r"); err != nil {
		t.Fatal(err)
	}
	arrived(t, slave, 2)
	if m := modes(t, slave); m.Lflag&syscall.ISIG == 0 || m.Lflag&syscall.ECHO != 0 {
		t.Errorf("while the start lasts: %+v", m)
	}
	c.letTyped()
	if after := modes(t, slave); after != before {
		t.Errorf("the modes are %+v, were %+v", after, before)
	}
	raw := before
	raw.Lflag &^= syscall.ICANON
	if err := control(slave.Fd(), setTermios, &raw); err != nil {
		t.Fatal(err)
	}
	typed := make([]byte, 16)
	if n, err := slave.Read(typed); err != nil || string(typed[:n]) != "a\r" {
		t.Errorf("%q, %v", typed[:n], err)
	}
	c.letTyped() // must not take back what others have set since
	if after := modes(t, slave); after != raw {
		t.Errorf("the modes are %+v, were set to %+v", after, raw)
	}
}

// Fronts that read lines leave the terminal alone.
func TestLinesAreTheTerminals(t *testing.T) {
	_, slave := pseudoTerminal(t)
	before := modes(t, slave)
	c, _ := startedAt(t, slave, t.TempDir(), "plain", "tea")
	defer c.close()
	if after := modes(t, slave); after != before {
		t.Errorf("the modes are %+v, were %+v", after, before)
	}
}
