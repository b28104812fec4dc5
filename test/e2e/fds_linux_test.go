package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// openFile matches a file in what ls says of /proc/self/fd.
var openFile = regexp.MustCompile(`(?m) ([0-9]+) -> (.*)$`)

// What gochat runs for messages and for a bootnode's events gets the standard
// streams and no file that gochat has opened: no socket and no database.
func TestCommandsInheritNoFiles(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	w := newWorld(t)
	out, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
	if err != nil {
		t.Fatal(err)
	}
	given := files(string(out)) // to whatever is begun here, by whoever runs this test
	// What is printed there is thrown away.
	listTo := func(name string) string {
		return "sh -c 'ls -l /proc/self/fd >" + name + ".part; mv " + name + ".part " + name + "'"
	}
	w.bootnode("--hook", listTo("of-hook"))
	bob := w.json("bob")
	alice := w.json("alice", "--on-message-from", "anyone", "--on-message", listTo("of-message"))
	meet(alice, bob)
	beside := w.on("alice", "--anyone", "--", "ls", "-l", "/proc/self/fd")
	alone := w.on("carol", "--bootnode", w.boot, "--room", w.room, "--anyone", "--", "ls", "-l", "/proc/self/fd")
	bob.Say("what do you have open?")
	for _, p := range []*proc.Process{beside, alone} {
		p.Wait(patience, "the last file", func(e proc.Event) bool { return strings.HasSuffix(string(e.Raw), "/fd") })
		list := ""
		for _, e := range p.Events() {
			list += string(e.Raw) + "\n"
		}
		onlyStreams(t, p.Name, list, given)
	}
	for _, name := range []string{"of-hook", "of-message"} {
		onlyStreams(t, name, comes(t, w.home+"/"+name), given)
	}
}

// comes waits for a file, and returns what is in it.
func comes(t *testing.T, path string) string {
	t.Helper()
	deadline := time.Now().Add(patience)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		text, err := os.ReadFile(path)
		if err == nil {
			return string(text)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-poll.C
	}
}

// files are those of ls by number; it has opened one itself, the directory.
func files(list string) map[string]string {
	files := map[string]string{}
	for _, m := range openFile.FindAllStringSubmatch(list, -1) {
		if !ownList.MatchString(m[2]) {
			files[m[1]] = m[2]
		}
	}
	return files
}

var ownList = regexp.MustCompile(`^/proc/[0-9]+/fd$`)

func onlyStreams(t *testing.T, who, list string, given map[string]string) {
	t.Helper()
	streams := 0
	for fd, file := range files(list) {
		switch stream := fd == "0" || fd == "1" || fd == "2"; {
		case stream && !strings.HasPrefix(file, "socket:"):
			streams++
		case stream || file != given[fd]:
			t.Errorf("%s has the file %s: %s", who, fd, file)
		}
	}
	if streams != 3 {
		t.Errorf("%s: %d standard streams:\n%s", who, streams, list)
	}
}
