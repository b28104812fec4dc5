package proc

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
)

// dir is where Main has things kept for all tests of a package.
var dir string

// Main is the TestMain of a package whose tests run processes: it runs the tests
// with a directory for all of them (see Dir), which is removed in the end. atOnce
// is how many parallel tests run at a time, unless -parallel says otherwise: most of
// their time is waiting, so it does not go by the number of processors; 0: the
// tool's own number. It does not return.
func Main(m *testing.M, atOnce int, run func(*testing.M) int) {
	var err error
	if dir, err = os.MkdirTemp("", "gochat-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	flag.Parse()
	given := atOnce == 0
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(atOnce)) // a number it takes
	}
	code := run(m)
	os.RemoveAll(dir)
	os.Exit(code)
}

// Dir is kept until all tests of a package have run under Main.
func Dir() string { return dir }

// Binary is gochat, built by the first test that needs it, under Main.
var Binary = sync.OnceValues(func() (string, error) { return Build(dir) })
