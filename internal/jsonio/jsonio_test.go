package jsonio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// run is a whole session in a bubble: steps runs once the front is waiting.
func run(t *testing.T, opts Options, steps func(sess *fronttest.Session, cancel func(), in io.WriteCloser)) (out string, d front.Delivery, err error) {
	t.Helper()
	return runIn(t, opts, fronttest.New, steps)
}

// runIn is run with a session of one's own making.
func runIn(t *testing.T, opts Options, begin func() *fronttest.Session, steps func(sess *fronttest.Session, cancel func(), in io.WriteCloser)) (out string, d front.Delivery, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sess := begin()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, w := io.Pipe()
		defer w.Close()
		var buf bytes.Buffer
		opts := opts
		opts.In = r
		if opts.Out == nil {
			opts.Out = &buf
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			d, err = Run(ctx, sess, opts)
		}()
		synctest.Wait()
		steps(sess, cancel, w)
		<-done
		out = buf.String()
	})
	return out, d, err
}

// objects parses output lines, which must all have the common fields.
func objects(t *testing.T, out string) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(out) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		when, err := time.Parse(timeFormat, o["time"].(string))
		if o["v"] != 1.0 || o["type"] == "" || err != nil || when.IsZero() {
			t.Fatalf("bad head in %q", line)
		}
		list = append(list, o)
	}
	return list
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("output differs from %s (-update writes it anew):\n%s", file, got)
	}
}

func TestGoldenSession(t *testing.T) {
	out, d, err := run(t, Options{Drain: time.Second}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		time.Sleep(1500 * time.Microsecond) // in the bubble: shows the milliseconds
		bob := fronttest.Joined("bob", peer.PathRelay, 40*time.Millisecond)
		bob.Reason = "both behind symmetric NATs"
		direct := fronttest.Joined("bob", peer.PathDirect, 12340*time.Microsecond)
		direct.Was, direct.Address, direct.Verified = peer.Joined, "203.0.113.5:4000", true
		announced := fronttest.Joined("carol", peer.PathNone, 0)
		announced.State = peer.Connecting
		lost := fronttest.Joined("mallory", peer.PathNone, 0)
		lost.State, lost.Reason, lost.Impostor = peer.Unreachable, "no answer for 15 s", true
		hi := sess.Say("bob", "hi <there> & \"you\"\nsecond line")
		hi.Ahead = true
		sess.Emit(
			peer.BootnodeChanged{Address: "1.2.3.4:9595"},
			peer.BootnodeChanged{Address: "1.2.3.4:9595", State: peer.BootnodeRegistered},
			peer.BootnodeChanged{Address: "127.0.0.1:9595", State: peer.BootnodeUnreachable, Embedded: true, Reason: "refused"},
			announced, bob, direct, lost,
			peer.MessageEvent{Message: hi},
			peer.Notice{Level: peer.Warning, Code: "clock", Text: "your clock is off", Room: "lobby"},
			peer.Notice{Level: peer.Failure, Code: "x", Text: "y"},
		)
		synctest.Wait()
		sess.SetMembers(direct.Member, announced.Member)
		for _, line := range []string{
			`{"id":"1","cmd":"send","text":"hello"}`,
			`{"id":2,"cmd":"send","text":"waves","kind":"action","unknown":{"deep":[1]}}`,
			`{"cmd":"peers"}`,
			`{"id":"p","cmd":"history","limit":2}`,
			`{"id":"n","cmd":"nick","nick":"alicia"}`,
			`{"id":"w","cmd":"whoami"}`,
		} {
			io.WriteString(in, line+"\r\n\n")
			synctest.Wait()
		}
		id := sess.History(1)[0].ID
		sess.Emit(peer.Delivered{Room: "lobby", ID: id, Peer: fronttest.Key("bob"), Delivered: 1, Of: 2}, peer.Delivered{Room: "lobby", ID: id, Delivered: 1, Of: 1})
		synctest.Wait()
		io.WriteString(in, `{"id":"q","cmd":"quit"}`+"\n")
	})
	if err != nil || d.Sent != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	objects(t, out)
	compare(t, "session.ndjson", out)
}

// Two rooms, a third one joined and parted, then none.
func TestGoldenRooms(t *testing.T) {
	out, _, err := runIn(t, Options{Drain: time.Second}, func() *fronttest.Session {
		sess := fronttest.New()
		work := sess.Add("work")
		work.IsPrivate, work.RoomWord = true, "bold-cat"
		return sess
	}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		work := sess.Rooms()[1].(*fronttest.Room)
		bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond)
		bob.Room = "work"
		work.SetMembers(bob.Member)
		sess.Emit(bob, peer.MessageEvent{Message: work.Say("bob", "in work")})
		synctest.Wait()
		for _, line := range []string{
			`{"id":1,"cmd":"send","text":"to the first"}`,
			`{"id":2,"cmd":"send","text":"to work","room":"work"}`,
			`{"id":3,"cmd":"send","text":"to nobody","room":"Work"}`,
			`{"id":4,"cmd":"peers","room":"work"}`,
			`{"id":5,"cmd":"history","room":"work"}`,
			`{"id":6,"cmd":"whoami","room":"work"}`,
			`{"id":7,"cmd":"join","room":"tea","secret":"x"}`,
			`{"id":8,"cmd":"join","room":"tea"}`,
			`{"id":9,"cmd":"send","text":"to tea","room":"tea"}`,
			`{"id":10,"cmd":"rooms"}`,
			`{"id":11,"cmd":"part","room":"tea"}`,
			`{"id":12,"cmd":"part"}`,
			`{"id":13,"cmd":"send","text":"work is the first now"}`,
			`{"id":14,"cmd":"part"}`,
			`{"id":15,"cmd":"send","text":"to nobody"}`,
			`{"id":16,"cmd":"whoami"}`,
			`{"id":17,"cmd":"rooms"}`,
		} {
			io.WriteString(in, line+"\n")
			synctest.Wait()
		}
		io.WriteString(in, `{"cmd":"quit"}`+"\n")
	})
	if err != nil {
		t.Fatal(err)
	}
	objects(t, out)
	compare(t, "rooms.ndjson", out)
}

func TestBadInput(t *testing.T) {
	out, _, err := run(t, Options{Drain: time.Second}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		close(sess.InTime)
		for _, line := range []string{
			`not json`, `{"id":"1","cmd":`, `[1]`, `"x"`, "\x00\xff", `{}{}`,
			`null`, `{"id":"1"}`, `{"id":"2","cmd":"fly"}`, `{"cmd":5,"id":"3"}`,
			`{"id":{},"cmd":"peers"}`, `{"id":true,"cmd":"peers"}`, `{"id":"` + strings.Repeat("x", 300) + `","cmd":"peers"}`,
			`{"id":"5","cmd":"send","text":"x","kind":"shout"}`,
			`{"id":"6","cmd":"history","limit":0}`, `{"id":"7","cmd":"history","limit":1.5}`, `{"id":"8","cmd":"nick","nick":"a b"}`,
			"{\"id\":\"9\xff\",\"cmd\":\"peers\"}",
			strings.Repeat("x", MaxLine+1),
			`{"id":1e3,"cmd":"peers"}`,
		} {
			io.WriteString(in, line+"\n")
		}
		in.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	objects(t, out)
	compare(t, "bad.ndjson", out)
}

func TestRefusedMessages(t *testing.T) {
	for text, code := range map[string]string{
		" \n": codeEmpty, strings.Repeat("x", fronttest.MaxText+1): codeTooLong,
	} {
		r, _ := perform(fronttest.New(), command{Cmd: "send", Text: text})
		if r.OK || r.Error == nil || r.Error.Code != code || r.Error.Message == "" {
			t.Errorf("%.9q: %+v, want %s", text, r.Error, code)
		}
	}
}

func TestReplyComesBeforeTheMessageEvent(t *testing.T) {
	out, _, _ := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		io.WriteString(in, strings.Repeat(`{"cmd":"send","text":"x"}`+"\n", 200))
		in.Close()
	})
	replied := map[any]bool{}
	messages := 0
	for i, o := range objects(t, out) {
		switch {
		case (i == 0) != (o["type"] == "ready"):
			t.Fatalf("line %d is %v", i, o["type"])
		case o["type"] == "reply":
			replied[o["message_id"]] = true
		case o["type"] == "message":
			messages++
			if !replied[o["id"]] {
				t.Fatalf("message %v before its reply", o["id"])
			}
		}
	}
	if messages != 200 || len(replied) != 200 {
		t.Errorf("%d messages, %d replies", messages, len(replied))
	}
}

func TestEndings(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(sess *fronttest.Session, cancel func(), in io.WriteCloser)
		took time.Duration
	}{
		"end of input, nobody there": {func(_ *fronttest.Session, _ func(), in io.WriteCloser) { in.Close() }, 5 * time.Second},
		"end of input, delivered": {func(s *fronttest.Session, _ func(), in io.WriteCloser) {
			s.Drained = front.Delivery{Sent: 1}
			time.AfterFunc(2*time.Second, func() { close(s.InTime) })
			in.Close()
		}, 2 * time.Second},
		"signal":        {func(_ *fronttest.Session, cancel func(), _ io.WriteCloser) { cancel() }, 0},
		"session ended": {func(s *fronttest.Session, _ func(), _ io.WriteCloser) { s.Close() }, 0},
		"quit":          {func(_ *fronttest.Session, _ func(), in io.WriteCloser) { io.WriteString(in, `{"cmd":"quit"}`+"\n") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var begun, ended time.Time
			_, d, err := run(t, Options{Drain: 5 * time.Second, Now: func() time.Time {
				ended = time.Now()
				return ended
			}}, func(sess *fronttest.Session, cancel func(), in io.WriteCloser) {
				begun = time.Now()
				io.WriteString(in, `{"cmd":"send","text":"x"}`+"\n")
				synctest.Wait()
				c.end(sess, cancel, in)
				if c.took > 0 { // an event at the very end shows that Run was still there
					time.AfterFunc(c.took-time.Millisecond, func() { sess.Emit(peer.Notice{}) })
				}
			})
			if took := ended.Sub(begun); err != nil || d.Sent != 1 || took < c.took-time.Millisecond || took > c.took {
				t.Errorf("%+v, %v after %v, want %v", d, err, took, c.took)
			}
			if d.OK() != (name == "end of input, delivered") {
				t.Errorf("delivery: %+v", d)
			}
		})
	}
}

type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestBrokenOutputEndsTheRun(t *testing.T) {
	_, _, err := run(t, Options{Out: brokenPipe{}}, func(*fronttest.Session, func(), io.WriteCloser) {})
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]float64{0: 0, -1: 0, 1: 0.1, 12340 * time.Microsecond: 12.3, 2 * time.Second: 2000} {
		if got := milliseconds(d); got != want {
			t.Errorf("%v: %v, want %v", d, got, want)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{
		`{"id":"1","cmd":"send","text":"hi"}`, `{"id":1e999,"cmd":"peers"}`, `{"id":"\ud800"}`, "{\"id\":\"\xff\"}",
		`{"ID":"x","id":2}`, `{"id":[],"cmd":3}`, `null`, `[[[[`, `{"limit":99999999999999999999}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, bad := parseCommand(line)
		if bad != nil && c.Cmd != "" {
			t.Fatalf("a bad command is to be done: %+v", c)
		}
		out, err := encode(reply{head: head{Version, "reply", ""}, ID: c.ID, Error: bad})
		if err != nil || bytes.ContainsAny(out, "\n\r") || !json.Valid(out) {
			t.Fatalf("%q: reply %q, %v", line, out, err)
		}
		var back struct{ ID any }
		if err := json.Unmarshal(out, &back); err != nil && len(c.ID) > 0 && c.ID[0] == '"' {
			t.Fatalf("%q: id %q cannot be read back: %v", line, c.ID, err)
		}
	})
}
