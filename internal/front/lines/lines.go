// Package lines reads standard input line by line in the background, for the
// fronts that are driven by lines. It knows nothing of what a line means.
package lines

import (
	"bufio"
	"errors"
	"io"
)

// Line is one line of input without its end.
type Line struct {
	Text    string
	TooLong bool // Text was longer than the limit and is dropped
}

// Reader hands out lines until its input ends.
type Reader struct {
	lines chan Line
	done  chan struct{}
	err   error
}

// Read begins to read r; no line may be longer than limit bytes. Call Stop at
// the end: a read that is under way cannot be interrupted, but then it hands
// out nothing more and its goroutine ends with it.
func Read(r io.Reader, limit int) *Reader {
	lr := &Reader{lines: make(chan Line), done: make(chan struct{})}
	go lr.run(r, limit)
	return lr
}

// Lines is closed at the end of input; Err then says how it ended.
func (lr *Reader) Lines() <-chan Line { return lr.lines }

// Err is nil after a proper end of input. Only valid once Lines is closed.
func (lr *Reader) Err() error { return lr.err }

// Stop makes the reader let go. It does not wait.
func (lr *Reader) Stop() { close(lr.done) }

func (lr *Reader) run(r io.Reader, limit int) {
	defer close(lr.lines)
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in, limit)
		if err == nil || line.Text != "" || line.TooLong {
			select {
			case lr.lines <- line:
			case <-lr.done:
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				lr.err = err
			}
			return
		}
	}
}

// readLine returns one line, or what there was of it before err.
func readLine(in *bufio.Reader, limit int) (line Line, err error) {
	var text []byte
	for {
		var part []byte
		part, err = in.ReadSlice('\n')
		if err == nil {
			part = part[:len(part)-1]
		}
		if !line.TooLong {
			if text = append(text, part...); len(text) > limit+1 { // +1: a \r that falls away
				line.TooLong, text = true, nil
			}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
	}
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	if len(text) > limit {
		return Line{TooLong: true}, err
	}
	line.Text = string(text)
	return line, err
}
