package natlab

import (
	"syscall"
	"testing"
)

func setTTL(t *testing.T, c syscall.RawConn, ttl int) {
	t.Helper()
	var set error
	err := c.Control(func(fd uintptr) {
		set = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_TTL, ttl)
	})
	if err != nil || set != nil {
		t.Fatal(err, set)
	}
}
