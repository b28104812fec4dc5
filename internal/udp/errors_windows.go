package udp

import "golang.org/x/sys/windows"

// transientErrors are what Windows reports on a read after an ICMP message
// about an earlier write, and on a datagram longer than the buffer.
var transientErrors = []error{
	windows.WSAECONNRESET, windows.WSAENETRESET,
	windows.WSAEHOSTUNREACH, windows.WSAENETUNREACH,
	windows.WSAEMSGSIZE,
}
