package punch

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var somebody = &net.UDPAddr{IP: net.IPv6loopback, Port: 1}

func TestQueueKeepsOrderAndCopies(t *testing.T) {
	q := newPacketQueue()
	p := []byte{1, 2, 3}
	for i := range 3 {
		p[0] = byte(i)
		if !q.put(p, somebody) {
			t.Fatal("full")
		}
	}
	buf := make([]byte, 2)
	for i := range 3 {
		n, from, err := q.get(buf)
		if n != 2 || from != somebody || err != nil || buf[0] != byte(i) || buf[1] != 2 {
			t.Errorf("%d bytes %v from %v, %v", n, buf, from, err)
		}
	}
}

func TestQueueOverflowDropsTheNewest(t *testing.T) {
	q := newPacketQueue()
	for i := range queueLength + 10 {
		if ok := q.put([]byte{byte(i >> 8), byte(i)}, somebody); ok != (i < queueLength) {
			t.Fatalf("put %d: %v", i, ok)
		}
	}
	buf := make([]byte, 2)
	for i := range queueLength {
		if q.get(buf); int(buf[0])<<8|int(buf[1]) != i {
			t.Fatalf("packet %d is %v", i, buf)
		}
	}
	if n := len(q.free.free); n > maxFree {
		t.Errorf("%d buffers kept", n)
	}
	if !q.put(buf, somebody) {
		t.Error("still full")
	}
}

func TestQueueDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newPacketQueue()
		start := time.Now()
		get := func() error { _, _, err := q.get(make([]byte, 10)); return err }
		q.setDeadline(start.Add(time.Second))
		if err := get(); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if err := get(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a passed deadline: %v", err)
		}
		// A deadline set while somebody waits, also one that has passed.
		for _, d := range []time.Duration{time.Minute, 0, -time.Second} {
			q.setDeadline(time.Time{})
			got := make(chan error)
			for range 2 {
				go func() { got <- get() }()
			}
			synctest.Wait()
			q.setDeadline(time.Now().Add(d))
			for range 2 {
				if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%v: %v", d, err)
				}
			}
		}
		// Moved later: the old alarm must not matter.
		q.setDeadline(time.Now().Add(time.Second))
		q.setDeadline(time.Now().Add(time.Hour))
		time.AfterFunc(time.Minute, func() { q.put([]byte{1}, somebody) })
		if err := get(); err != nil {
			t.Error(err)
		}
		q.close()
	})
}

func TestQueueClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newPacketQueue()
		got := make(chan error)
		for range 3 {
			go func() {
				_, _, err := q.get(make([]byte, 10))
				got <- err
			}()
		}
		synctest.Wait()
		q.close()
		for range 3 {
			if err := <-got; !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}
		q.setDeadline(time.Now().Add(time.Hour)) // leaves no timer
		if q.put([]byte{1}, somebody) || q.alarm != nil {
			t.Error("a closed queue took something")
		}
	})
}

func TestRing(t *testing.T) {
	var r ring[int]
	var model []int
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 10_000 {
		if len(model) > 0 && rng.IntN(100) < 45 {
			if got := r.pop(); got != model[0] {
				t.Fatalf("pop: %d, want %d", got, model[0])
			}
			model = model[1:]
		} else {
			r.push(i)
			model = append(model, i)
		}
		var got []int
		for j := range min(r.n, 5) {
			got = append(got, *r.at(j))
		}
		if r.n != len(model) || !slices.Equal(got, model[:min(len(model), 5)]) {
			t.Fatalf("holds %d %v, want %d %v", r.n, got, len(model), model[:min(len(model), 5)])
		}
	}
}

func TestBuffersAreReusedAndBounded(t *testing.T) {
	var b buffers
	x := b.clone([]byte("hello"))
	b.put(x)
	y := b.clone([]byte("bye"))
	if &x[0] != &y[0] || !bytes.Equal(y, []byte("bye")) {
		t.Error("the buffer was not reused")
	}
	for range 10 * maxFree {
		b.put(make([]byte, 10))
	}
	if len(b.free) > maxFree {
		t.Errorf("%d buffers", len(b.free))
	}
}
