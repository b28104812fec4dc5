package attach

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Client is a terminal that is to show a front of another process.
type Client struct {
	conn    net.Conn
	writing sync.Mutex
}

// NewClient says over a connection what is wanted.
func NewClient(conn net.Conn, hello Hello) (*Client, error) {
	c := &Client{conn: conn}
	payload, err := json.Marshal(hello)
	if err != nil {
		return nil, err
	}
	return c, c.send(kindHello, payload)
}

func (c *Client) send(k kind, payload []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.conn.Write(appendFrame(nil, k, payload))
	return err
}

// Resize tells the size that the terminal has now.
func (c *Client) Resize(width, height int) error {
	return c.send(kindResize, appendSize(nil, width, height))
}

// Type passes on what is typed until there is no more, or the front has ended.
func (c *Client) Type(in io.Reader) {
	buf := make([]byte, 4<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 && c.send(kindInput, buf[:n]) != nil {
			return
		}
		if err != nil {
			_ = c.send(kindEnd, nil)
			return
		}
	}
}

// ErrCut says that the other end was gone without a word: its process has ended,
// or it has let go of a terminal that took nothing for long.
var ErrCut = errors.New("the gochat shown here ended without a word; it may have been killed")

// Show shows the front until it ends, and says how.
func (c *Client) Show(out, err io.Writer) (Bye, error) {
	for {
		k, payload, failed := readFrame(c.conn, maxFrame)
		switch {
		case errors.Is(failed, io.EOF) || errors.Is(failed, io.ErrUnexpectedEOF):
			return Bye{}, ErrCut
		case failed != nil:
			return Bye{}, fmt.Errorf("%w (%w)", ErrCut, failed)
		}
		switch k {
		case kindOut:
			_, failed = out.Write(payload)
		case kindErr:
			_, failed = err.Write(payload)
		case kindBye:
			return parseBye(payload)
		default:
			return Bye{}, errFrame
		}
		if failed != nil {
			return Bye{}, fmt.Errorf("write output: %w", failed)
		}
	}
}
