package natlab

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

const (
	netnsDir   = "/run/netns"
	namePrefix = "gochat-lab-" // then the process id, a counter, the node
)

// setnsCall is setns(2), which package syscall does not name everywhere.
var setnsCall = map[string]uintptr{
	"amd64": 308, "386": 346, "arm": 375, "arm64": 268, "riscv64": 268, "loong64": 268,
}[runtime.GOARCH]

// within runs f on a thread inside a namespace. Sockets made there stay there.
// f must not start goroutines that should be inside too.
func within(ns string, f func() error) error {
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, so that nothing
		// else ever runs in this namespace.
		runtime.LockOSThread()
		done <- func() error {
			h, err := os.Open(filepath.Join(netnsDir, ns))
			if err != nil {
				return err
			}
			defer h.Close()
			if _, _, errno := syscall.RawSyscall(setnsCall, h.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
				return fmt.Errorf("setns %s: %w", ns, errno)
			}
			return f()
		}()
	}()
	return <-done
}

// run runs a program with the given standard input.
func run(input, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Stdin = strings.NewReader(input)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %.500s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// sysctl sets a kernel parameter of the namespace the calling thread is in.
func sysctl(name, value string) error {
	path := filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
	return os.WriteFile(path, []byte(value), 0o644)
}

// addNamespace makes a namespace with loopback up, forwarding on, and IPv6
// addresses usable at once.
func addNamespace(ns string) error {
	if err := run("", "ip", "netns", "add", ns); err != nil {
		return err
	}
	return within(ns, func() error {
		for _, name := range []string{"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"} {
			if err := sysctl(name, "1"); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
		// Not every kernel has these. Packets between the ports of a bridge
		// must not pass iptables: it breaks source NAT from LAN to LAN.
		for _, name := range []string{
			"net.ipv6.conf.all.accept_dad", "net.ipv6.conf.default.accept_dad",
			"net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables",
		} {
			if err := sysctl(name, "0"); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
		return nil
	})
}

// removeNamespace ends what still runs inside and deletes the namespace.
func removeNamespace(ns string) error {
	pids, err := exec.Command("ip", "netns", "pids", ns).Output()
	if err == nil {
		for _, p := range strings.Fields(string(pids)) {
			if pid, err := strconv.Atoi(p); err == nil && pid != os.Getpid() {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
			}
		}
	}
	return run("", "ip", "netns", "del", ns)
}

// removeStale removes the namespaces of lab processes that are gone.
func removeStale() {
	names, _ := filepath.Glob(filepath.Join(netnsDir, namePrefix+"*"))
	for _, path := range names {
		ns := filepath.Base(path)
		owner, _, _ := strings.Cut(strings.TrimPrefix(ns, namePrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err != nil || syscall.Kill(pid, 0) != syscall.ESRCH {
			continue
		}
		_ = removeNamespace(ns) // another process may be doing the same
	}
}

// flushConntrack makes the kernel forget all connections, and so all NAT
// mappings, of the namespace the calling thread is in.
func flushConntrack() error {
	const (
		netlinkNetfilter = 12
		ctDelete         = 1<<8 | 2 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
	)
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkNetfilter)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	// struct nlmsghdr, struct nfgenmsg (all zero: every family)
	m := make([]byte, syscall.NLMSG_HDRLEN+4)
	binary.NativeEndian.PutUint32(m[0:], uint32(len(m)))
	binary.NativeEndian.PutUint16(m[4:], ctDelete)
	binary.NativeEndian.PutUint16(m[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_ACK)
	if err := syscall.Sendto(fd, m, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := syscall.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	if n < syscall.NLMSG_HDRLEN+4 {
		return fmt.Errorf("conntrack flush: answer of %d bytes", n)
	}
	if errno := -int32(binary.NativeEndian.Uint32(answer[syscall.NLMSG_HDRLEN:])); errno != 0 {
		return fmt.Errorf("conntrack flush: %w", syscall.Errno(errno))
	}
	return nil
}

// Listen opens a UDP socket of the test process inside a node.
func (l *Lab) Listen(node, addr string) *net.UDPConn {
	l.t.Helper()
	var c *net.UDPConn
	err := within(l.namespace(node), func() error {
		a, err := net.ResolveUDPAddr("udp", addr)
		if err == nil {
			c, err = net.ListenUDP("udp", a)
		}
		return err
	})
	if err != nil {
		l.t.Fatalf("listen on %s in %s: %v", addr, node, err)
	}
	l.t.Cleanup(func() { c.Close() })
	return c
}
