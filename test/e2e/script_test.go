package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// TestScripts runs testdata. A script has a home of its own; $BOOT and $NOBODY
// are free addresses, $EXAMPLE is .env.example. It knows, besides testscript's
// own commands,
//
//	exits CODE gochat ARGS...   runs gochat, and checks the exit code
//	awaits FILE [PATTERN]       waits until a file is there and matches
//	[isolated]                  nobody outside hears what is multicast
func TestScripts(t *testing.T) {
	t.Parallel()
	binary, err := proc.Binary()
	if err != nil {
		t.Fatal(err)
	}
	example, err := filepath.Abs("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			for name, value := range map[string]string{
				"PATH":          filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH"),
				"HOME":          e.WorkDir,
				"XDG_DATA_HOME": filepath.Join(e.WorkDir, "data"),
				"BOOT":          freeAddr(t),
				"NOBODY":        freeAddr(t),
				"EXAMPLE":       example,
			} {
				e.Setenv(name, value)
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "isolated" {
				return false, fmt.Errorf("no condition %s", name)
			}
			return netspace.Isolated(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "awaits": awaits},
	})
}

func awaits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: awaits FILE [PATTERN]")
	}
	path, found := ts.MkAbs(args[0]), ""
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := os.Lstat(path)
		there := err == nil
		if there && len(args) == 2 {
			b, err := os.ReadFile(path)
			ts.Check(err)
			found = string(b)
			there = regexp.MustCompile("(?m)" + args[1]).MatchString(found)
		}
		if there {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("not within %v\n%s", patience, found)
		}
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var status *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &status) {
		got = status.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s", got, want, ts.ReadFile("stderr"))
	}
}
