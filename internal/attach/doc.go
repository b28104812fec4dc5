// Package attach has a terminal show a front that runs in another process of the
// same user: the process of a session that goes on without terminals. What is
// typed travels there over a Unix socket, what is shown travels back, both as
// frames of bytes.
//
// Server takes terminals, and Client is one. Neither knows what a front is: the
// one who serves runs it on the Terminal it is given. A terminal that does not
// take what is shown is given up and holds nobody up.
package attach
