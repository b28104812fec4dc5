package proc

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play a program with the JSON front.
func TestMain(m *testing.M) {
	if os.Getenv("PROC_TEST_CHILD") != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child answers each command and repeats sent text as a message; at end of
// input it leaves with code 4.
func child() int {
	fmt.Println(`{"v":1,"type":"ready","nick":"child"}`)
	fmt.Fprintln(os.Stderr, "child is up")
	out := json.NewEncoder(os.Stdout)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var c map[string]any
		if json.Unmarshal(in.Bytes(), &c) != nil {
			return 2
		}
		out.Encode(map[string]any{"type": "reply", "id": c["id"], "ok": c["cmd"] == "send", "message_id": "m1"})
		out.Encode(map[string]any{"type": "message", "own": false, "text": c["text"]})
	}
	return 4
}

func startChild(t *testing.T) *Process {
	t.Helper()
	return Start(t, "child", childCommand(t))
}

func childCommand(t *testing.T) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PROC_TEST_CHILD=1")
	return cmd
}

const patience = 20 * time.Second

func TestConversation(t *testing.T) {
	p := startChild(t)
	if e := p.Wait(patience, "ready", Ready); e.String("nick") != "child" || e.Has("key") || e.Number("v") != 1 {
		t.Errorf("ready: %s", e.Raw)
	}
	if id := p.Say("hello"); id != "m1" {
		t.Errorf("message id %q", id)
	}
	p.Wait(patience, "the echo", Message("hello"))
	mark := p.Mark()
	if _, err := p.find(mark, 0, Message("hello")); err == nil {
		t.Error("found an event from before the mark")
	}
	p.Say("hello")
	p.WaitAfter(mark, patience, "the second echo", Message("hello"))
	if _, ok := p.Saw(0, Joined); ok {
		t.Error("saw what was not there")
	}
	if r := p.Do(map[string]any{"cmd": "peers"}); r.Bool("ok") {
		t.Errorf("reply: %s", r.Raw)
	}
	p.EndInput()
	if code := p.Exit(patience); code != 4 {
		t.Errorf("exit code %d", code)
	}
	if p.Stderr() != "child is up\n" {
		t.Errorf("stderr %q", p.Stderr())
	}
	if _, err := p.find(0, patience, Joined); err == nil {
		t.Error("waiting on an ended process must fail, and at once")
	}
}

func TestKill(t *testing.T) {
	p := startChild(t)
	p.Wait(patience, "ready", Ready)
	p.Kill()
	if code := p.Exit(patience); code != -1 {
		t.Errorf("exit code %d after a kill", code)
	}
	p.Kill() // of an ended process is no error
}

func TestText(t *testing.T) {
	p := StartText(t, "child", childCommand(t))
	p.Wait(patience, "a line", Line("ready"))
	p.WaitStderr(0, patience, "child is up")
	if err := p.await(0, func() bool { return strings.Contains(p.stderr.String(), "down") }); err == nil {
		t.Error("found on standard error what was not there")
	}
	p.Type(`{"cmd":"send","text":"by hand"}`)
	if e := p.Wait(patience, "the echo", Line("by hand")); e.Type() != "" {
		t.Errorf("a line of text has the type %q", e.Type())
	}
}

func TestMatchers(t *testing.T) {
	for line, match := range map[string]func(Event) bool{
		`{"type":"bootnode","state":"registered"}`:               Registered,
		`{"type":"peer","state":"joined","path":"relay"}`:        JoinedBy("relay"),
		`{"type":"peer","state":"left","peer":"abc"}`:            Left("abc"),
		`{"type":"message","own":false,"text":"x"}`:              AnyMessage,
		`{"type":"ack","id":"m1","delivered":2,"of":2}`:          Acked("m1"),
		`{"type":"peer","state":"joined","path":"direct","a":1}`: JoinedBy("direct"),
	} {
		var e Event
		if err := json.Unmarshal([]byte(line), &e.fields); err != nil {
			t.Fatal(err)
		}
		if !match(e) {
			t.Errorf("%s not matched", line)
		}
	}
	var partly Event
	if err := json.Unmarshal([]byte(`{"type":"ack","id":"m1","delivered":1,"of":2}`), &partly.fields); err != nil {
		t.Fatal(err)
	}
	if Acked("m1")(partly) || Joined(partly) || AnyMessage(partly) {
		t.Error("matched what it should not")
	}
}
