package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gochat/internal/loopback"
	"gochat/peer"
	"gochat/test/proc"
)

const secret = "not in the air"

// example builds one of the programs and returns what runs it in a private room.
func example(t *testing.T, name, bootnode string) func(args ...string) *exec.Cmd {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", binary, "gochat/examples/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, append([]string{"-bootnode", bootnode, "-room", "private"}, args...)...)
		cmd.Env = append(os.Environ(), "SECRET="+secret)
		return cmd
	}
}

// private is the room of the programs.
var private = peer.RoomConfig{Name: "private", Secret: secret}

func TestEchobot(t *testing.T) {
	bootnode, stop := loopback.Bootnode()
	t.Cleanup(stop)
	bot := proc.StartText(t, "echobot", example(t, "echobot", bootnode)())
	bot.WaitStderr(0, patience, "in the room private, by the bootnode "+bootnode)
	_, room := join(t, bootnode, private)
	await(t, room, "the bot", func(e peer.Event) bool {
		m, ok := e.(peer.MemberChanged)
		return ok && m.Nick == "echobot" && m.State == peer.Joined
	})
	for _, text := range []string{"echobot, are you there?", "!echo well met"} {
		if _, err := room.Send(peer.Text, text); err != nil {
			t.Fatal(err)
		}
	}
	e := await(t, room, "the answer", func(e peer.Event) bool {
		m, ok := e.(peer.MessageEvent)
		return ok && !m.Own
	})
	if m := e.(peer.MessageEvent); m.Text != "well met" || m.ReplyTo == "" {
		t.Errorf("the bot says %+v", m.Message)
	}
	bot.Signal(os.Interrupt)
	if code := bot.Exit(patience); code != 0 {
		t.Errorf("the bot ends with %d: %s", code, bot.Stderr())
	}
}

// The program in the README is this one.
func TestGreeter(t *testing.T) {
	program, err := os.ReadFile("../../examples/greeter/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, main, _ := strings.Cut(string(program), "\nfunc main"); !strings.Contains(string(readme), "```go\nfunc main"+main+"```\n") {
		t.Error("the README shows another program than examples/greeter")
	}

	bootnode, stop := loopback.Bootnode()
	t.Cleanup(stop)
	greeter := example(t, "greeter", bootnode)
	bare := greeter()
	bare.Args = []string{bare.Path}
	if out, err := bare.CombinedOutput(); err == nil || !strings.Contains(string(out), "usage: greeter HOST:PORT") {
		t.Errorf("without an address: %v, %s", err, out)
	}
	cmd := greeter()
	cmd.Args = []string{cmd.Path, bootnode}
	proc.StartText(t, "greeter", cmd)
	node, room := join(t, bootnode, peer.RoomConfig{Name: "lobby"})
	await(t, room, "a welcome", func(e peer.Event) bool {
		m, ok := e.(peer.MessageEvent)
		return ok && m.Nick == "greeter" && m.Text == "welcome, "+node.Nick()
	})
}

func TestNotify(t *testing.T) {
	bootnode, stop := loopback.Bootnode()
	t.Cleanup(stop)
	notify := example(t, "notify", bootnode)
	out, err := notify("-timeout", "1s", "nobody is here").CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 4 || !strings.Contains(string(out), "nobody has received it") {
		t.Errorf("with nobody there: %v, %s", err, out)
	}
	_, room := join(t, bootnode, private)
	if out, err := notify("-timeout", patience.String(), "build", "42", "failed").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	await(t, room, "the message", func(e peer.Event) bool {
		m, ok := e.(peer.MessageEvent)
		return ok && m.Text == "build 42 failed" && m.Nick == "notify"
	})
}

func TestPipe(t *testing.T) {
	bootnode, stop := loopback.Bootnode()
	t.Cleanup(stop)
	pipe := example(t, "pipe", bootnode)
	there, back := make([]byte, 3<<20), make([]byte, 1<<20)
	rand.Read(there)
	rand.Read(back)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	waiting := pipe()
	var got, returned bytes.Buffer
	waiting.Stdin, waiting.Stdout = bytes.NewReader(back), &got
	words, err := waiting.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	defer context.AfterFunc(ctx, func() { _ = waiting.Process.Kill() })()
	line := make([]byte, 256)
	n, err := words.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(strings.TrimSpace(string(line[:n])), "-to ")

	sending := pipe("-to", key)
	var complaint bytes.Buffer
	sending.Stdin, sending.Stdout, sending.Stderr = bytes.NewReader(there), &returned, &complaint
	if err := sending.Start(); err != nil {
		t.Fatal(err)
	}
	defer context.AfterFunc(ctx, func() { _ = sending.Process.Kill() })()
	if err := sending.Wait(); err != nil {
		t.Errorf("sending: %v: %s", err, complaint.String())
	}
	if err := waiting.Wait(); err != nil {
		t.Errorf("waiting: %v", err)
	}
	if !bytes.Equal(got.Bytes(), there) || !bytes.Equal(returned.Bytes(), back) {
		t.Errorf("%d of %d bytes there, %d of %d back", got.Len(), len(there), returned.Len(), len(back))
	}
}

// An interrupt ends who waits for more to send, with a stream open.
func TestPipeInterrupted(t *testing.T) {
	bootnode, stop := loopback.Bootnode()
	t.Cleanup(stop)
	pipe := example(t, "pipe", bootnode)
	waiting := proc.StartText(t, "waiting", pipe())
	waiting.WaitStderr(0, patience, "-to ")
	_, key, _ := strings.Cut(strings.TrimSpace(waiting.Stderr()), "-to ")
	sending := proc.StartText(t, "sending", pipe("-to", key))
	sending.Type("it is open")
	waiting.Wait(patience, "what is sent", func(e proc.Event) bool { return string(e.Raw) == "it is open" })
	waiting.Signal(os.Interrupt)
	if code := waiting.Exit(patience); code != 1 {
		t.Errorf("the waiting one ends with %d: %s", code, waiting.Stderr())
	}
}
