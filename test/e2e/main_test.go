package e2e

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// buildDir is where gochat is built, by the first test that needs it.
var buildDir string

func TestMain(m *testing.M) {
	flag.Parse()
	// The processes mostly wait for each other: more of them than there are
	// processors go well together.
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("6")
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "gochat-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := netspace.Run(m)
	os.RemoveAll(buildDir)
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) { return proc.Build(buildDir) })

// patience is for what must happen in the end, on a busy machine too. Nothing
// waits that long when all is well.
const patience = 30 * time.Second
