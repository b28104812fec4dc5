// Package crypto is the safe: identities, room keys, sealing, the keys of a
// pair's probes and of a bootnode session, cookies and certificates; the keys of
// conversations between named people, the words by which two compare keys, and
// what is locked with a passphrase.
//
// It does no network and no file I/O, reads no clock and keeps no state beyond
// a session's counters. Byte layouts of frames live in internal/wire.
// Everything but argon2id is the standard library.
package crypto
