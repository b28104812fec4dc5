package store

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gochat/internal/wire"
)

// Tests of crashes run this test binary as another process: a child, which
// does what childEnv says and is killed at some moment.
const (
	childEnv = "GOCHAT_STORE_CHILD" // path of the database
	keyEnv   = "GOCHAT_STORE_KEY"   // empty: plain
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := live(path, []byte(os.Getenv(keyEnv))); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("30") // each is a database and hundreds of transactions
	}
	code := m.Run()
	for _, f := range atExit {
		f()
	}
	os.Exit(code)
}

var atExit []func()

// live is a child's life: it shows what the run before did not, then stores
// messages and shows them, and tells of each step on standard output. A commit
// is four records; all have its number in their text.
func live(path string, key []byte) error {
	if len(key) == 0 {
		key = nil
	}
	db, err := Open(path, Options{Key: key, Self: alice})
	if err != nil {
		return err
	}
	r, err := db.Room(testRoom)
	if err != nil {
		return err
	}
	if err := showRest(r); err != nil {
		return err
	}
	for {
		n := rand.Uint64()
		var list []*wire.Record
		for i := range 4 {
			rec := message(alice, wire.Clk(1+rand.IntN(1e9)), fmt.Sprintf("%d record %d %s", n, i, strings.Repeat("x", rand.IntN(600))))
			_, _ = io.ReadFull(randomReader{}, rec.Sig[:])
			list = append(list, rec)
		}
		if err := r.Commit(list, nil); err != nil {
			return err
		}
		for _, rec := range list {
			fmt.Println("stored", rec.ID())
		}
		for _, rec := range list {
			if err := show(r, rec.ID()); err != nil {
				return err
			}
		}
	}
}

type randomReader struct{}

func (randomReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(rand.Uint32())
	}
	return len(p), nil
}

// show does as fronts do: mark, then write.
func show(r *Room, id wire.RecordID) error {
	fmt.Println("showing", id)
	if err := r.MarkShown(id); err != nil {
		return err
	}
	fmt.Println("shown", id)
	return nil
}

// showRest shows what the run before did not.
func showRest(r *Room) error {
	list, err := r.Unshown(1000)
	for _, u := range list {
		if err == nil {
			err = show(r, u.ID)
		}
	}
	return err
}

// child is another process at work.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   *bufio.Scanner
	lines []string
}

func startChild(t *testing.T, path string, key []byte) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childEnv+"="+path, keyEnv+"="+string(key))
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	c.out = bufio.NewScanner(out)
	return c
}

// read waits for n lines.
func (c *child) read(n int) {
	c.t.Helper()
	for range n {
		if !c.out.Scan() {
			c.t.Fatalf("the child ended after %q", c.lines)
		}
		c.lines = append(c.lines, c.out.Text())
	}
}

// kill ends it at once, and reads what it still said.
func (c *child) kill() {
	if c.cmd.ProcessState != nil {
		return
	}
	_ = c.cmd.Process.Kill()
	for c.out.Scan() {
		c.lines = append(c.lines, c.out.Text())
	}
	_ = c.cmd.Wait() // it was killed
}

// ids returns those the child named with a word.
func (c *child) ids(word string) (list []string) {
	for _, line := range c.lines {
		switch w, id, _ := strings.Cut(line, " "); {
		case w == "error":
			c.t.Fatal(line)
		case w == word && len(id) == 64:
			list = append(list, id)
		}
	}
	return list
}

const kills = 15

// Killed at any moment, a process loses nothing it has acknowledged, leaves no
// half of a commit, and shows nothing twice; one message for each kill, at most, is marked and not shown.
func TestKill(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "locked": testKey} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			stored, shown, showing := map[string]bool{}, map[string]bool{}, map[string]bool{}
			for range kills {
				c := startChild(t, path, key)
				c.read(1 + rand.IntN(80))
				c.kill()
				for _, id := range c.ids("stored") {
					stored[id] = true
				}
				for _, id := range c.ids("shown") {
					if shown[id] {
						t.Errorf("%s was shown twice", id)
					}
					shown[id] = true
				}
				for _, id := range c.ids("showing") {
					showing[id] = true
				}
			}
			survey(t, path, key, stored, shown, showing)
		})
	}
}

// survey looks at what is left after all the crashes.
func survey(t *testing.T, path string, key []byte, stored, shown, showing map[string]bool) {
	db, err := Open(path, Options{Key: key, Self: alice})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if !db.Crashed() {
		t.Error("the crash left no trace")
	}
	if err := db.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	r := openRoom(t, db, testRoom)
	batches := map[string]int{}
	held := map[string]bool{}
	for _, rec := range scan(t, r) {
		held[rec.ID().String()] = true
		batch, _, _ := strings.Cut(string(rec.Field(wire.FieldText)), " ")
		batches[batch]++
	}
	for batch, n := range batches {
		if n != 4 {
			t.Errorf("%d records of commit %s", n, batch)
		}
		if found, err := r.Search(batch+" ", "", 10); len(found) != 4 || err != nil {
			t.Errorf("%d records of commit %s are found, %v", len(found), batch, err)
		}
	}
	waiting := map[string]bool{}
	list, err := r.Unshown(1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		waiting[u.ID.String()] = true
	}
	for id := range stored {
		if !held[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	cut := 0
	for id := range held {
		if showing[id] && !shown[id] && !waiting[id] {
			cut++
		}
		if !shown[id] && !showing[id] && !waiting[id] {
			t.Errorf("%s was never shown", id)
		}
	}
	if cut > kills {
		t.Errorf("%d were marked and not shown, of %d kills", cut, kills)
	}
	t.Logf("%d acknowledged, %d held, %d shown, %d begun to be shown, %d waiting", len(stored), len(held), len(shown), len(showing), len(waiting))
}

// A reader sees whole states beside a writer at work, a dead one and the next.
func TestReaderBesideWriter(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "locked": testKey} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			c := startChild(t, path, key)
			c.read(1)
			refusedWriter(t, path, key)
			reader := open(t, path, Options{Key: key, ReadOnly: true})
			r := openRoom(t, reader, testRoom)
			last := 0
			for range 60 {
				n := len(scan(t, r))
				if n < last || n%4 != 0 {
					t.Fatalf("%d records after %d", n, last)
				}
				last = n
				if _, err := r.Page(Stored, "", 20); err != nil {
					t.Fatal(err)
				}
				if found, err := r.Search("record", "", 20); err != nil || len(found) != min(20, n) && n == last && len(found) == 0 {
					t.Fatal(len(found), err)
				}
				c.read(4)
			}
			c.kill()
			acknowledged := c.ids("stored")
			check := func(r *Room) {
				t.Helper()
				held := map[string]bool{}
				for _, rec := range scan(t, r) {
					held[rec.ID().String()] = true
				}
				for _, id := range acknowledged {
					if !held[id] {
						t.Fatalf("%s is missing", id)
					}
				}
			}
			check(r)
			check(openRoom(t, open(t, path, Options{Key: key, ReadOnly: true}), testRoom))
			writer := open(t, path, Options{Key: key})
			check(openRoom(t, writer, testRoom))
			put(t, openRoom(t, writer, testRoom), message(bob, 1, "and on"))
			check(r)
			if !slices.Contains(texts(scan(t, r)), "and on") {
				t.Error("the reader does not see the next writer")
			}
		})
	}
}

func refusedWriter(t *testing.T, path string, key []byte) {
	t.Helper()
	if _, err := Open(path, Options{Key: key}); !errors.Is(err, ErrInUse) {
		t.Fatal("a second writer:", err)
	}
}
