package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// serve runs a handler at a socket until the test ends.
func serve(t *testing.T, do Handler) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() { Serve(ctx, l, do) })
	t.Cleanup(func() { cancel(); served.Wait() })
	return path
}

func echo(_ context.Context, r Request) (any, error) {
	switch r.Cmd {
	case Status:
		return map[string]string{"target": r.Target}, nil
	case Ban:
		return nil, Usage("no %s", r.Target)
	}
	return nil, errors.New("out of order")
}

func TestAsk(t *testing.T) {
	path := serve(t, echo)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	got, err := Ask(ctx, path, Request{Cmd: Status, Target: "x"})
	if err != nil || string(got) != `{"target":"x"}` {
		t.Errorf("%s, %v", got, err)
	}
	for cmd, code := range map[string]string{Ban: CodeUsage, Rooms: CodeFailed} {
		_, err := Ask(ctx, path, Request{Cmd: cmd, Target: "x"})
		if e := (*Error)(nil); !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: %v", cmd, err)
		}
	}
	if err := silent(t); err == nil || !strings.Contains(err.Error(), "in 0 s: is it stopped or overloaded?") {
		t.Errorf("%v", err)
	}
	if _, err := Ask(ctx, path+"2", Request{Cmd: Status}); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody: %v", err)
	}
}

// What is no request is answered and ends the visit; several requests in a
// visit are done in order.
func TestVisit(t *testing.T) {
	path := serve(t, echo)
	for name, in := range map[string]string{
		"two, then nonsense": `{"v":1,"cmd":"status","target":"a"}` + "\n" + `{"v":1,"cmd":"status","target":"b"}` + "\nnonsense\n",
		"too long":           strings.Repeat(" ", MaxRequest+10) + "\n",
		"unknown field":      `{"v":1,"cmd":"status","colour":"red"}` + "\n",
		"another version":    `{"v":2,"cmd":"status"}` + "\n",
	} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(30 * time.Second))
		_, _ = c.Write([]byte(in))
		lines, last := 0, Response{}
		for s := bufio.NewScanner(c); s.Scan(); lines++ {
			last = Response{}
			if err := json.Unmarshal(s.Bytes(), &last); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.Close()
		if want := strings.Count(in, "\n"); lines != want || last.Error == nil || last.Error.Code != CodeRequest {
			t.Errorf("%s: %d answers, the last %+v", name, lines, last)
		}
	}
}

// Only so many are served at a time; the others are told.
func TestBusy(t *testing.T) {
	path := serve(t, echo)
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for range maxClients {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := Ask(ctx, path, Request{Cmd: Status})
	if e := (*Error)(nil); !errors.As(err, &e) || e.Code != CodeBusy {
		t.Errorf("%v", err)
	}
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Lstat(path)
	if err != nil || runtime.GOOS != "windows" && st.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if _, err := Listen(path); !errors.Is(err, ErrTaken) {
		t.Errorf("a socket that answers was taken: %v", err)
	}
	l.Close()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	// What a killed process left is replaced.
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	if l, err = Listen(path); err != nil {
		t.Fatal(err)
	}
	l.Close()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, link, "", "@abstract", dir, filepath.Join(dir, "none", "s"), filepath.Join(dir, strings.Repeat("x", 120))} {
		if l, err := Listen(bad); err == nil {
			l.Close()
			t.Errorf("%q was taken", bad)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "dear" {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		`{"v":1,"cmd":"status"}`, `{"v":1,"cmd":"ban","target":"10.0.0.0/8","for_s":3600,"reason":"x"}`,
		`{"v":1,"cmd":"drain","to":["a:1","b:2/key"],"in_s":15}`, `{"v":1,"cmd":"motd","text":""}`, `{`, `[]`, "\x00",
	} {
		f.Add([]byte(s))
		for i := range s {
			f.Add([]byte(s[:i]))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRequest(b)
		if err != nil {
			if !errors.Is(err, ErrRequest) {
				t.Errorf("%v", err)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(again) > MaxRequest { // escapes take room
			return
		}
		if _, err := ParseRequest(again); err != nil {
			t.Errorf("%s: %v", again, err)
		}
		var back Response
		if line := respond(r, nil); json.Unmarshal(line, &back) != nil || !back.OK {
			t.Errorf("%s", line)
		}
	})
}

// silent is the error of asking a bootnode that takes a request and stays silent.
func silent(t *testing.T) error {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = Ask(ctx, path, Request{Cmd: Status})
	return err
}
