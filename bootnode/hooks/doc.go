// Package hooks tells the operator's own programs what happens at a bootnode: a
// command that is run, a URL that is posted to. What is told are counts and the
// bootnode's own doings; no room, member or address is in it.
//
// Watch is the pure core: it is given the counts now and then, and says which
// events they amount to, at most one of a kind in Interval. Hooks is the shell: it
// asks for the counts, and each command and each URL has a queue and a worker of
// its own, so that none holds up another or the bootnode. A queue that is full
// loses events, which is counted. Here is no choice of commands and no shell that
// would read them: splitting a line into words is internal/config's.
package hooks
