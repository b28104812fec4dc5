package queue

import (
	"testing"
	"testing/synctest"
)

func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New[int]()
		for i := range 1000 {
			q.Put(i) // nobody reads yet
		}
		go q.Run(nil)
		synctest.Wait()
		for i := 1000; i < 2000; i++ {
			q.Put(i)
		}
		q.Close()
		q.Put(-1) // too late
		next := 0
		for i := range q.Out() {
			if i != next {
				t.Fatalf("%d, want %d", i, next)
			}
			next++
		}
		if next != 2000 {
			t.Errorf("%d came out", next)
		}
	})
}

// Abandoned, it ends whether it is idle or somebody does not take what it holds out.
func TestAbandoned(t *testing.T) {
	for _, waiting := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			q, abandon := New[int](), make(chan struct{})
			for i := range waiting {
				q.Put(i)
			}
			go q.Run(abandon)
			synctest.Wait()
			close(abandon)
			synctest.Wait()
			q.Put(7)
			if i, open := <-q.Out(); open || q.items != nil {
				t.Errorf("%d came out of %v", i, q.items)
			}
		})
	}
}
