package cli

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A terminal that tells nobody of its size is asked for it.
func TestPollSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sizes := [][2]int{{80, 24}, {80, 24}, {100, 24}, {0, 0}, {100, 24}, {100, 30}}
		var told []time.Duration
		at, began := 0, time.Now()
		stop := pollSize(func() (int, int, error) {
			s := sizes[min(at, len(sizes)-1)]
			if at++; s == [2]int{} {
				return 0, 0, errors.New("no terminal for a moment")
			}
			return s[0], s[1], nil
		}, func() { told = append(told, time.Since(began)) })
		time.Sleep(10 * sizeEvery)
		stop()
		synctest.Wait()
		if want := []time.Duration{2 * sizeEvery, 5 * sizeEvery}; !slices.Equal(told, want) {
			t.Errorf("told after %v, want %v", told, want)
		}
	})
}
