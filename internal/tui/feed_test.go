package tui

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gochat/peer"
)

func TestFeedWakesAtOnceThenOnceAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f feed
		events, done := make(chan peer.Event), make(chan struct{})
		var wakes []time.Duration
		begun := time.Now()
		go f.run(events, done, func() error {
			wakes = append(wakes, time.Since(begun))
			if len(wakes) == 2 {
				return errors.New("queue full") // to be tried again
			}
			return nil
		})
		for range 100 {
			events <- peer.Notice{}
		}
		synctest.Wait()
		time.Sleep(10 * frame)
		synctest.Wait()
		if len(wakes) != 3 || wakes[0] != 0 || wakes[1] != frame || wakes[2] != 2*frame {
			t.Errorf("woke at %v", wakes)
		}
		if batch, _, ended := f.take(); len(batch) != 100 || ended {
			t.Errorf("%d events, ended %v", len(batch), ended)
		}
		close(events)
		synctest.Wait()
		if batch, _, ended := f.take(); len(batch) != 0 || !ended || len(wakes) != 4 {
			t.Errorf("%d events, ended %v, %d wakes", len(batch), ended, len(wakes))
		}
		close(done)
	})
}
