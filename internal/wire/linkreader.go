package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// LinkReader splits a link's byte stream into frames. It never holds more than
// one frame, and allocates only as fast as the bytes arrive: a length alone
// claims no memory.
type LinkReader struct {
	r *bufio.Reader
}

// NewLinkReader reads from r.
func NewLinkReader(r io.Reader) *LinkReader { return &LinkReader{r: bufio.NewReader(r)} }

// Next returns the next frame, without its length, for ParseLinkFrame; the
// bytes are the caller's. At the clean end of the stream it returns io.EOF,
// within a frame io.ErrUnexpectedEOF, and ErrFrame for a length that is not allowed.
func (l *LinkReader) Next() ([]byte, error) {
	n, err := l.length()
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	switch _, err := io.CopyN(&buf, l.r, int64(n)); {
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	}
	return buf.Bytes(), nil
}

func (l *LinkReader) length() (int, error) {
	var b []byte
	for len(b) < binary.MaxVarintLen32 {
		v, err := l.r.ReadByte()
		if err == io.EOF && len(b) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		b = append(b, v)
		if v < 0x80 {
			break
		}
	}
	c := cursor{b: b}
	n := c.uvarint(MaxLinkFrame)
	if !c.done() || n == 0 {
		return 0, fmt.Errorf("%w: length %x", ErrFrame, b)
	}
	return int(n), nil
}
