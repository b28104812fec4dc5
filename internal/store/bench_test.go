package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// The size of the database that is read: small, so that make bench is not
// long. The figures in docs/decisions/013-store.md are of
//
//	go test -run '^$' -bench . ./internal/store -messages 1000000 -keep DIR
var (
	benchMessages = flag.Int("messages", 20000, "messages in the database of the benchmarks")
	benchKeep     = flag.String("keep", "", "an absolute folder to keep the benchmarks' databases in: a large one takes minutes to make")
)

// benchmark runs one with a plain and with an encrypted database.
func benchmark(b *testing.B, f func(b *testing.B, opts Options)) {
	b.Run("plain", func(b *testing.B) { f(b, Options{}) })
	b.Run("locked", func(b *testing.B) { f(b, Options{Key: testKey}) })
}

// writer of messages as people write them: words by Zipf's law, one a second.
type chatter struct {
	rng   *rand.Rand
	zipf  *rand.Zipf
	words []string
	clk   wire.Clk
	step  int64 // of clk, in milliseconds
	prev  wire.RecordID
}

const benchStart = 1_700_000_000_000

func newChatter() *chatter {
	c := &chatter{rng: rand.New(rand.NewPCG(1, 2)), clk: benchStart, step: 1000}
	for range 50_000 {
		w := make([]byte, 2+c.rng.IntN(9))
		for i := range w {
			w[i] = "etaoinshrdlucmfwypvbgkjqxz"[min(c.rng.IntN(26), c.rng.IntN(26))]
		}
		c.words = append(c.words, string(w))
	}
	c.zipf = rand.NewZipf(c.rng, 1.1, 4, uint64(len(c.words)-1))
	return c
}

func (c *chatter) next() *wire.Record {
	words := make([]string, 3+c.rng.IntN(10))
	for i := range words {
		words[i] = c.words[c.zipf.Uint64()]
	}
	c.clk = wire.Clk(int64(c.clk) + c.step)
	r := message(crypto.PublicKey{byte(c.rng.IntN(50))}, c.clk, strings.Join(words, " "))
	for i := range r.Sig {
		r.Sig[i] = byte(c.rng.Uint32())
	}
	r.Parents = []wire.RecordID{c.prev}
	c.prev = r.ID()
	return r
}

func (c *chatter) batch(n int) (list []*wire.Record) {
	for range n {
		list = append(list, c.next())
	}
	return list
}

// common, rare: words many or few messages have.
func (c *chatter) common() string { return c.words[rand.IntN(100)] }
func (c *chatter) rare() string   { return c.words[20_000+rand.IntN(20_000)] }

var benchDatabases = map[bool]string{} // by locked

// filled is a database with benchMessages, made once.
func filled(b *testing.B, opts Options) string {
	b.Helper()
	locked := opts.Key != nil
	if path := benchDatabases[locked]; path != "" {
		return path
	}
	path := keptDatabase(b, locked)
	if _, err := os.Stat(path); err == nil { // from another time
		benchDatabases[locked] = path
		return path
	}
	final := path
	path += ".making"
	opts.base = newDisk()
	db, err := Open(path, opts)
	if err != nil {
		b.Fatal(err)
	}
	r := openRoom(b, db, testRoom)
	c := newChatter()
	for n := 0; n < *benchMessages; n += 512 {
		put(b, r, c.batch(min(512, *benchMessages-n))...)
	}
	for {
		list, err := r.Unshown(4096)
		if err != nil {
			b.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		ids := make([]wire.RecordID, len(list))
		for i, u := range list {
			ids[i] = u.ID
		}
		if err := r.MarkShown(ids...); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(path, final); err != nil {
		b.Fatal(err)
	}
	path = final
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d messages in %d MB, %d bytes each", *benchMessages, info.Size()>>20, info.Size()/int64(*benchMessages))
	benchDatabases[locked] = path
	return path
}

// keptDatabase is where a database of the benchmarks is to be.
func keptDatabase(b *testing.B, locked bool) string {
	dir := *benchKeep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "gochat-bench-"); err != nil {
			b.Fatal(err)
		}
		atExit = append(atExit, func() { os.RemoveAll(dir) })
	}
	return filepath.Join(dir, fmt.Sprintf("history-%d-%t.db", *benchMessages, locked))
}

func benchRoom(b *testing.B, opts Options) *Room {
	return openRoom(b, open(b, dbPath(b), opts), testRoom)
}

func rate(b *testing.B, n int) { b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s") }

// BenchmarkCommit is one message, on the disk.
func BenchmarkCommit(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r, c := benchRoom(b, opts), newChatter()
		var took []time.Duration
		for b.Loop() {
			m := c.next()
			begin := time.Now()
			put(b, r, m)
			took = append(took, time.Since(begin))
		}
		rate(b, b.N)
		percentile(b, took)
	})
}

// BenchmarkCommitBy16 is sixteen callers with a message each, again and again.
func BenchmarkCommitBy16(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r, c := benchRoom(b, opts), newChatter()
		n := 0
		for b.Loop() {
			var all sync.WaitGroup
			for range 16 {
				records := c.batch(4)
				all.Go(func() {
					for _, m := range records {
						if err := r.Commit([]*wire.Record{m}, nil); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			n += 64
		}
		rate(b, n)
	})
}

// BenchmarkIngest is catching up, 512 records in a commit: in the order of
// time, and newest first, as who is new in a room gets them.
func BenchmarkIngest(b *testing.B) {
	for name, step := range map[string]int64{"forwards": 1000, "backwards": -1000} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, func(b *testing.B, opts Options) {
				r, c := benchRoom(b, opts), newChatter()
				c.step = step
				n := 0
				for b.Loop() {
					records := c.batch(512)
					put(b, r, records...)
					n += 512
				}
				rate(b, n)
			})
		})
	}
}

func percentile(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
}

// BenchmarkSearch is the newest 50 of what a query finds.
func BenchmarkSearch(b *testing.B) {
	c := newChatter()
	for _, q := range []struct {
		name  string
		query func() string
	}{
		{"common", func() string { return c.common() + " " }},
		{"common-typing", c.common},
		{"rare", func() string { return c.rare() + " " }},
		{"rare-typing", c.rare},
		{"absent", func() string { return "qqqqqqq" }},
		{"one-letter", func() string { return c.common()[:1] }},
		{"two-common", func() string { return c.common() + " " + c.common() }},
		{"common-rare", func() string { return c.rare() + " " + c.common() }},
		{"phrase", func() string { return `"` + c.common() + " " + c.common() + `"` }},
	} {
		b.Run(q.name, func(b *testing.B) {
			benchmark(b, func(b *testing.B, opts Options) {
				r := openRoom(b, open(b, filled(b, opts), opts), testRoom)
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				var took, cpu []time.Duration
				found := 0
				for b.Loop() {
					query := q.query()
					begin, used := time.Now(), threadTime()
					list, err := r.Search(query, "", 50)
					took, cpu = append(took, time.Since(begin)), append(cpu, threadTime()-used)
					if err != nil {
						b.Fatal(err)
					}
					found += len(list)
				}
				b.ReportMetric(float64(found)/float64(b.N), "found")
				percentile(b, took)
				slices.Sort(cpu)
				b.ReportMetric(float64(cpu[len(cpu)*99/100].Microseconds()), "p99-cpu-µs")
			})
		})
	}
}

// BenchmarkPage is 50 messages from somewhere.
func BenchmarkPage(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r := openRoom(b, open(b, filled(b, opts), opts), testRoom)
		for b.Loop() {
			at := place{clk: benchStart + wire.Clk(rand.IntN(*benchMessages)*1000)}
			if _, err := r.Page(Shown, at.String(), 50); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFirstScreen is opening the database and reading the last page, and
// closing it.
func BenchmarkFirstScreen(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		path := filled(b, opts)
		var took []time.Duration
		for b.Loop() {
			begin := time.Now()
			db, err := Open(path, opts)
			if err != nil {
				b.Fatal(err)
			}
			list, err := openRoom(b, db, testRoom).Page(Shown, "", 50)
			took = append(took, time.Since(begin))
			if err != nil || len(list) != 50 {
				b.Fatal(len(list), err)
			}
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		}
		percentile(b, took)
	})
}

// BenchmarkHeaders and BenchmarkScan read all records; an op is all of them.
func BenchmarkHeaders(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r := openRoom(b, open(b, filled(b, opts), opts), testRoom)
		n := 0
		for b.Loop() {
			if err := r.Headers(func(wire.RecordID, *wire.Record, bool) error { n++; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		rate(b, n)
	})
}

func BenchmarkScan(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r := openRoom(b, open(b, filled(b, opts), opts), testRoom)
		n := 0
		for b.Loop() {
			if err := r.Scan(func(*wire.Record) error { n++; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		rate(b, n)
	})
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r := openRoom(b, open(b, filled(b, opts), opts), testRoom)
		var ids []wire.RecordID
		at := place{clk: benchStart + wire.Clk(*benchMessages/2*1000)}
		list, err := r.After(Stored, at.String(), 1000)
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		for b.Loop() {
			if _, err := r.Get(ids[rand.IntN(len(ids))]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkShow is what a front does for each message.
func BenchmarkShow(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		r, c := benchRoom(b, opts), newChatter()
		var list []wire.RecordID
		for b.Loop() {
			if len(list) == 0 {
				b.StopTimer()
				put(b, r, c.batch(512)...)
				unshown, err := r.Unshown(512)
				if err != nil {
					b.Fatal(err)
				}
				for _, u := range unshown {
					list = append(list, u.ID)
				}
				b.StartTimer()
			}
			id := list[0]
			list = list[1:]
			if err := r.MarkShown(id); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkTrim drops records; an op is one of them.
func BenchmarkTrim(b *testing.B) {
	for name, drop := range map[string]Drop{"bodies": DropBodies, "records": DropRecords} {
		b.Run(name, func(b *testing.B) {
			r, c := benchRoom(b, Options{}), newChatter()
			const n = 4096
			for b.Loop() {
				b.StopTimer()
				for range n / 512 {
					put(b, r, c.batch(512)...)
				}
				b.StartTimer()
				if got, err := r.Trim(context.Background(), c.clk, drop, nil); got < n-1 || err != nil {
					b.Fatal(got, err)
				}
			}
			rate(b, b.N*n)
		})
	}
}

// BenchmarkCheck reads everything; an op is the whole database.
func BenchmarkCheck(b *testing.B) {
	benchmark(b, func(b *testing.B, opts Options) {
		db := open(b, filled(b, opts), opts)
		for b.Loop() {
			if err := db.Check(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSplit is the making of terms of a message of sixty letters.
func BenchmarkSplit(b *testing.B) {
	text := "A message of sixty letters, as people write them: Żółw, 東京都."
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if len(split(text, maxTerms)) == 0 {
			b.Fatal(fmt.Errorf("no terms"))
		}
	}
}
