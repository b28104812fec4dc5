package store

import (
	"fmt"
	"os"

	"gochat/room"
)

// markRestored makes every room's engine ask others what was written since.
const markRestored = "INSERT OR REPLACE INTO meta (room, key, value) SELECT room, '" + room.MetaRestored + "', X'01' FROM room"

// Restored reports whether the files lie elsewhere than they did when they were
// last opened: they were put back from a copy, or moved, and what was written
// since the copy was made is missing. All rooms are marked with
// room.MetaRestored then. A copy that took the very place of the files, as a
// disk's snapshot does, is not noticed.
func (db *DB) Restored() bool { return db.restored }

// MarkRestored marks all rooms with room.MetaRestored, for who knows that the
// files are older than what was last sent.
func (db *DB) MarkRestored() error {
	return db.commit(true, func(t *tx) error { return t.exec(markRestored) })
}

// placeOf tells one place of the files from another: by the file's number on
// its disk, and by that of the lock file beside it, which is written once, when the
// database is made, and when that was or it was last put back. It is "" where that cannot be told.
func placeOf(path string, lock *os.File) string {
	file, err := os.Stat(path)
	if err != nil {
		return ""
	}
	beside, err := lock.Stat()
	if err != nil {
		return ""
	}
	number, _, ok1 := birth(file)
	besides, changed, ok2 := birth(beside)
	if !ok1 || !ok2 {
		return ""
	}
	return fmt.Sprint(number, " ", besides, " ", changed)
}
