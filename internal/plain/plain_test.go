package plain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// run is a whole session in a bubble: steps runs once the front is waiting.
func run(t *testing.T, opts Options, steps func(sess *fronttest.Session, cancel func(), in io.WriteCloser)) (out, errs string, d front.Delivery, err error) {
	t.Helper()
	return runIn(t, opts, fronttest.New, steps)
}

// runIn is run with a session of one's own making.
func runIn(t *testing.T, opts Options, begin func() *fronttest.Session, steps func(sess *fronttest.Session, cancel func(), in io.WriteCloser)) (out, errs string, d front.Delivery, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sess := begin()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, w := io.Pipe()
		defer w.Close()
		var outBuf, errBuf bytes.Buffer
		opts := opts
		opts.In, opts.Err = r, &errBuf
		if opts.Out == nil {
			opts.Out = &outBuf
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			d, err = Run(ctx, sess, opts)
		}()
		synctest.Wait()
		steps(sess, cancel, w)
		<-done
		out, errs = outBuf.String(), errBuf.String()
	})
	return out, errs, d, err
}

func TestLogOfASession(t *testing.T) {
	out, errs, d, err := run(t, Options{Drain: time.Second}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		sess.Emit(
			peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "1.2.3.4:9595"},
			fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond),
			peer.MessageEvent{Message: sess.Say("bob", "hi\nthere")},
			peer.Notice{Level: peer.Warning, Text: "your clock is off"},
			peer.Delivered{},
		)
		synctest.Wait()
		io.WriteString(in, "hello\r\n\n/me waves\n/nope\n"+strings.Repeat("x", MaxLine+1)+"\nlast")
		in.Close()
		synctest.Wait()
		sess.Drained = front.Delivery{Sent: 3}
		close(sess.InTime)
	})
	bob, alice := fronttest.Key("bob").Suffix(), fronttest.Key("alice").Suffix()
	wantOut := "12:01 bob#" + bob + ": hi\n      there\n" +
		"12:02 alice#" + alice + ": hello\n12:03 * alice#" + alice + " waves\n12:04 alice#" + alice + ": last\n"
	if out != wantOut {
		t.Errorf("stdout:\n%s\nwant:\n%s", out, wantOut)
	}
	wantErr := "room lobby (open room: anyone who knows the name can join); room word: amber-fox\n" +
		"you are alice#" + alice + "; /help lists the commands\n" +
		"bootnode 1.2.3.4:9595: registered\nbob#" + bob + " joined, direct, 12 ms\nwarning: your clock is off\n" +
		"no command /nope: /help lists the commands. To send a line that begins with a slash, type two: //nope\n" +
		"not sent: the line is longer than 128 KiB; send it in parts, or as a file\n"
	if errs != wantErr {
		t.Errorf("stderr:\n%s\nwant:\n%s", errs, wantErr)
	}
	if err != nil || d.Sent != 3 || !d.OK() {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestDrainIsLimited(t *testing.T) {
	var begun, ended time.Time
	_, errs, d, err := run(t, Options{Drain: 5 * time.Second}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		begun = time.Now()
		io.WriteString(in, "anybody?\n")
		in.Close()
		time.AfterFunc(4*time.Second, func() { sess.Emit(peer.Notice{Text: "still here"}) })
		time.AfterFunc(4999*time.Millisecond, func() { ended = time.Now() })
	})
	if err != nil || d.OK() || d.Unreached != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if ended.Sub(begun) != 4999*time.Millisecond || !strings.Contains(errs, "still here") {
		t.Errorf("gave up too early; stderr:\n%s", errs)
	}
}

func TestLeavingAtOnce(t *testing.T) {
	for name, leave := range map[string]func(*fronttest.Session, func(), io.WriteCloser){
		"quit":          func(_ *fronttest.Session, _ func(), in io.WriteCloser) { io.WriteString(in, "/quit\n") },
		"cancel":        func(_ *fronttest.Session, cancel func(), _ io.WriteCloser) { cancel() },
		"session ended": func(s *fronttest.Session, _ func(), _ io.WriteCloser) { s.Close() },
	} {
		var left time.Duration
		_, _, d, err := run(t, Options{Drain: time.Hour}, func(sess *fronttest.Session, cancel func(), in io.WriteCloser) {
			begun := time.Now()
			io.WriteString(in, "hello\n")
			synctest.Wait()
			leave(sess, cancel, in)
			synctest.Wait()
			left = time.Since(begun)
		})
		if err != nil || d.Sent != 1 || left != 0 {
			t.Errorf("%s: %+v, %v, after %v", name, d, err, left)
		}
	}
}

func TestCancelEndsTheDrain(t *testing.T) {
	_, _, d, err := run(t, Options{Drain: time.Hour}, func(sess *fronttest.Session, cancel func(), in io.WriteCloser) {
		io.WriteString(in, "hello\n")
		in.Close()
		synctest.Wait()
		cancel()
	})
	if err != nil || d.Unreached != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestEchoedInputIsNotPrintedAgain(t *testing.T) {
	out, _, _, _ := run(t, Options{InputEchoed: true}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		io.WriteString(in, "hello\n")
		synctest.Wait()
		sess.Emit(peer.MessageEvent{Message: sess.Say("bob", "hi")})
		in.Close()
	})
	if want := "12:02 bob#" + fronttest.Key("bob").Suffix() + ": hi\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestBrokenOutputEndsTheRun(t *testing.T) {
	_, _, _, err := run(t, Options{Out: brokenPipe{}}, func(sess *fronttest.Session, _ func(), _ io.WriteCloser) {
		sess.Emit(peer.MessageEvent{Message: sess.Say("bob", "hi")})
	})
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

// With several rooms every line about one begins with its name, also when the
// others are gone; what is typed goes to the room in front.
func TestSeveralRooms(t *testing.T) {
	out, errs, _, err := runIn(t, Options{}, func() *fronttest.Session {
		sess := fronttest.New()
		sess.Add("work").IsPrivate = true
		return sess
	}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		work := sess.Rooms()[1].(*fronttest.Room)
		bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond)
		bob.Room = "work"
		sess.Emit(
			peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "1.2.3.4:9595"},
			bob,
			peer.MessageEvent{Message: work.Say("bob", "one\ntwo")},
			peer.Notice{Room: "work", Text: "a notice"},
		)
		synctest.Wait()
		for _, line := range []string{"to lobby", "/room work", "to work", "/peers", "/join tea", "to tea", "/part", "/part work", "still lobby"} {
			io.WriteString(in, line+"\n")
			synctest.Wait()
		}
		io.WriteString(in, "/part\n")
		synctest.Wait()
		io.WriteString(in, "to nobody\n")
		in.Close()
	})
	bob, alice := fronttest.Key("bob").Suffix(), fronttest.Key("alice").Suffix()
	wantOut := "work: 12:01 bob#" + bob + ": one\nwork:       two\n" +
		"lobby: 12:02 alice#" + alice + ": to lobby\nwork: 12:03 alice#" + alice + ": to work\n" +
		"tea: 12:04 alice#" + alice + ": to tea\nlobby: 12:05 alice#" + alice + ": still lobby\n"
	if out != wantOut {
		t.Errorf("stdout:\n%s\nwant:\n%s", out, wantOut)
	}
	wantErr := "lobby: room lobby (open room: anyone who knows the name can join); room word: amber-fox\n" +
		"work: room work (private room: name and secret are needed to join); room word: amber-fox\n" +
		"you are alice#" + alice + "; /help lists the commands\n" +
		"what you type goes to lobby; /room name changes that\n" +
		"bootnode 1.2.3.4:9595: registered\nwork: bob#" + bob + " joined, direct, 12 ms\nwork: a notice\n" +
		"what you type goes to work; /room name changes that\n" +
		"work: nobody else is here\n" +
		"what you type goes to tea; /room name changes that\n" +
		"tea: room tea (open room: anyone who knows the name can join); room word: amber-fox\n" +
		"tea: you left\nwhat you type goes to lobby; /room name changes that\nwork: you left\n" +
		"lobby: you left\nyou are in no room now; /join name enters one\n" +
		"you are in no room; /join name enters one\n"
	if errs != wantErr {
		t.Errorf("stderr:\n%s\nwant:\n%s", errs, wantErr)
	}
	if err != nil {
		t.Error(err)
	}
}

// What is typed while a room is read is sent when that is done; the end of the
// input waits for it, too.
func TestReading(t *testing.T) {
	reading := make(chan struct{})
	begin := func() *fronttest.Session {
		sess := fronttest.New()
		reading = make(chan struct{})
		sess.Room.Reading = reading
		return sess
	}
	_, errs, d, err := runIn(t, Options{Drain: time.Second}, begin, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		io.WriteString(in, "early\n")
		in.Close()
		time.Sleep(time.Minute)
		if got := sess.Sent(); len(got) > 0 {
			t.Errorf("sent %q", got)
		}
		sess.Drained = front.Delivery{Sent: 1}
		close(sess.InTime)
		close(reading)
	})
	if err != nil || d.Sent != 1 || !strings.Contains(errs, "reading history …") {
		t.Errorf("%+v %v\n%s", d, err, errs)
	}
}

// An error may quote what somebody else wrote.
func TestErrorsObeyNobody(t *testing.T) {
	_, errs, _, _ := run(t, Options{}, func(sess *fronttest.Session, _ func(), in io.WriteCloser) {
		sess.JoinErr = errors.New("for the bootnode \x1b]0;evil\a\u009b2J\rroom lobby")
		io.WriteString(in, "/join gochat:aeaaa\n")
		in.Close()
		synctest.Wait()
		close(sess.InTime)
	})
	if strings.ContainsAny(errs, "\x1b\a\r\u009b") || !strings.Contains(errs, "not joined: for the bootnode \uFFFD]0;evil") {
		t.Errorf("%q", errs)
	}
}
