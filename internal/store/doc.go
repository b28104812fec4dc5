// Package store keeps the records of all rooms of a member in one SQLite
// database: it is the room.Store on disk, with what fronts ask of a history.
// It stores and finds; whether a record is valid, settled or to be shown is
// decided in package room and above. It knows no network and no front.
//
//	DB     the open file: one writer in one process, any number of readers
//	Room   one room in it: room.Store · pages and search · what was shown ·
//	       delivery of own messages · retention · small values
//	Copy   encryption, put on and taken off
//
// # Commits
//
// Commit returns when the records are on the disk (write-ahead log, fsync).
// Changes made at the same moment by several callers share one transaction and
// one fsync; a lone caller waits for nobody, and an error of one is not the
// others'. What may be forgotten in a power failure but not in a crash (what
// was shown) is committed without fsync; what peers will tell again (delivery)
// waits up to a second for a transaction to join.
//
// # Damage
//
// Open looks at the file from outside, at its schema, the newest end of each
// table and index and the newest records, within some milliseconds however
// large it is; and, if a crash has left a log, whether log and file belong
// together. It never overwrites what it cannot read. The rest is Check's,
// which reads everything and belongs in the background. SQLite has no checksums of
// pages: a bit that flips inside a stored record is found when that is read,
// because its id no longer fits, and elsewhere by Check as far as it breaks
// the structure.
//
// # Privacy
//
// Files are readable by their owner only. With a key everything in them is
// encrypted (Adiantum, a wide-block cipher), so that nothing can be read
// without it, file sizes and the numbers of changed pages aside; it does not
// show that somebody altered or put back the file. What is deleted is
// overwritten in the file at once, also in the search index, and in the log
// some seconds later. Old copies that file systems and drives keep are out of
// reach; see Destroy.
package store
