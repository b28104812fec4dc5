//go:build !windows

package udp

import "syscall"

// transientErrors are what the kernel reports on a read after an ICMP
// message about an earlier write.
var transientErrors = []error{
	syscall.ECONNREFUSED, syscall.ECONNRESET,
	syscall.EHOSTUNREACH, syscall.ENETUNREACH,
	syscall.EMSGSIZE,
}
