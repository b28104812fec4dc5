// Package netspace gives the tests of a package a network of their own, with
// nothing in it but a loopback interface: what they multicast stays inside,
// and no other gochat is there. Only tests import it.
//
// Networks of several hosts are not made here: test/natlab has them.
package netspace

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// inside is set for a test binary that runs in its own network.
const inside = "GOCHAT_TEST_NETSPACE"

// Run runs the tests of a package in a network of their own and returns the
// exit code, for TestMain. Where the system has no such networks it runs them
// all the same, and Need skips those that must not run so.
func Run(m *testing.M) int {
	if !flag.Parsed() {
		flag.Parse()
	}
	if Isolated() || fuzzing() {
		return m.Run()
	}
	if code, ok := reexec(); ok {
		return code
	}
	return m.Run()
}

// fuzzing reports whether this is a run of go test -fuzz, whose processes hold
// pipes that another process would not inherit.
func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}

// Isolated reports whether the tests run in a network of their own.
func Isolated() bool { return os.Getenv(inside) != "" }

// Need skips, loudly, a test that would be heard outside; where
// NATLAB_REQUIRED is 1 it fails.
func Need(t testing.TB) {
	t.Helper()
	if !Isolated() {
		Skip(t, "a network namespace of its own (Linux; root, or user namespaces)")
	}
}

// Skip skips a test, loudly, for what the machine lacks; where NATLAB_REQUIRED
// is 1 it fails.
func Skip(t testing.TB, lacks string) {
	t.Helper()
	if os.Getenv("NATLAB_REQUIRED") == "1" {
		t.Fatalf("this test may not be skipped here, and needs %s", lacks)
	}
	line := strings.Repeat("*", 72)
	t.Skipf("\n%s\n** SKIPPED: needs %s\n%s", line, lacks, line)
}
