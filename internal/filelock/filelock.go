// Package filelock gives a process a file of its own until it ends, however it
// ends. What the lock protects is the caller's business.
package filelock

import "errors"

// ErrInUse says that another process, or another part of this one, has the lock.
var ErrInUse = errors.New("in use by another gochat")
