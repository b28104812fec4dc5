//go:build !linux && !js && !windows

package udp

import "syscall"

var noIPv6Errors = []error{syscall.EAFNOSUPPORT, syscall.EADDRNOTAVAIL, syscall.EPROTONOSUPPORT}
