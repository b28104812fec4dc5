package cli

import (
	"testing"

	"gochat/internal/front"
)

func TestUndeliveredCountsOnce(t *testing.T) {
	for _, tc := range []struct {
		d    front.Delivery
		want string
	}{
		{front.Delivery{Sent: 40, Unreached: 17}, "not delivered: of 40 messages 17 reached no one"},
		{front.Delivery{Sent: 40, Unreached: 3, Undelivered: 2}, "not delivered: of 40 messages 3 reached no one, 2 reached some, but not everyone who stayed"},
		{front.Delivery{Sent: 2, Undelivered: 1}, "not delivered: of 2 messages 1 did not reach everyone who stayed"},
	} {
		if got := undelivered(tc.d); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.d, got, tc.want)
		}
	}
}
