package jsonio

import (
	"io"
	"time"

	"gochat/peer"
)

// Messages returns what writes messages to out as the events of this front.
func Messages(out io.Writer) func(peer.Message) error {
	w := &writer{out: out, now: time.Now}
	return func(m peer.Message) error {
		w.write(messageEvent{w.head("message"), message(m)})
		return w.err
	}
}
