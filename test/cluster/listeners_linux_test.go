package cluster

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// listeners are the addresses that a process takes TCP connections on.
func listeners(t *testing.T, pid int) (list []string) {
	t.Helper()
	own := map[string]bool{}
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if target, err := os.Readlink(l); err == nil {
			own[target] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // no IPv6 here
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			const listening = "0A" // TCP_LISTEN, proc_net_tcp(5)
			if len(f) < 10 || f[3] != listening || !own["socket:["+f[9]+"]"] {
				continue
			}
			list = append(list, address(f[1]))
		}
	}
	return list
}

// address reads "0100007F:257B", bytes in the machine's order, which is taken to be little-endian.
func address(text string) string {
	host, port, _ := strings.Cut(text, ":")
	n, _ := strconv.ParseUint(port, 16, 16)
	b, _ := hex.DecodeString(host)
	if len(b) != 4 {
		return fmt.Sprintf("[%s]:%d", host, n)
	}
	return fmt.Sprintf("%d.%d.%d.%d:%d", b[3], b[2], b[1], b[0], n)
}
