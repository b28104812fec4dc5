package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/test/large"
)

// A large room takes a while to make, so that it can be kept:
//
//	go test -run '^$' -bench Start ./test/bench -messages 1000000 -keep DIR
var (
	messages = flag.Int("messages", defaultMessages, "messages in the large room")
	keep     = flag.String("keep", "", "an absolute folder to keep the large room's data directory in")
)

const defaultMessages = 20_000

// largeRoom is the name of the room in the data directory that largeData makes.
const largeRoom = "large"

// largeData is a data directory with a room of many messages, all of them shown.
func largeData(b *testing.B) string {
	b.Helper()
	return largeDataOf(b, *messages)
}

func largeDataOf(b *testing.B, n int) string { return largeRooms(b, n, 1) }

// largeRooms is a data directory with that many rooms of n messages each, called
// as roomName says.
func largeRooms(b *testing.B, n, rooms int) string {
	b.Helper()
	base := *keep
	if base == "" {
		base = b.TempDir()
	}
	dir := filepath.Join(base, fmt.Sprintf("data-%d", n))
	if rooms > 1 {
		dir += fmt.Sprintf("x%d", rooms)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	begin := time.Now()
	making := dir + ".making"
	if err := os.RemoveAll(making); err != nil {
		b.Fatal(err)
	}
	var list []large.Room
	for i := range rooms {
		list = append(list, large.Room{Name: roomName(i, rooms)})
	}
	if err := large.Make(making, n, list...); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(making, dir); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d rooms of %d messages made in %v", rooms, n, time.Since(begin).Round(time.Second))
	return dir
}

// roomName is the name of the i-th of several large rooms: no letter of it is in
// the same place in another's, so that a terminal is sent all of it anew.
func roomName(i, rooms int) string {
	if rooms == 1 {
		return largeRoom
	}
	return strings.Repeat(string(rune('a'+i)), 8)
}
