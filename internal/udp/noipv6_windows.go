package udp

import "golang.org/x/sys/windows"

var noIPv6Errors = []error{windows.WSAEAFNOSUPPORT, windows.WSAEADDRNOTAVAIL, windows.WSAEPROTONOSUPPORT}
