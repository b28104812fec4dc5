// Package e2e tests the real binary: several processes on 127.0.0.1, driven
// by their standard streams, signals and a terminal, and judged by what they
// print and by their exit codes. Scenarios that read well as a script are in
// testdata (testscript); those that follow events are Go.
//
// Every test has ports, directories and rooms of its own, so tests run side by
// side; they need a Unix system. What happens inside a process is not looked at here, and NATs are the
// business of test/natlab.
package e2e
