package hub

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"gochat/internal/jsonio"
)

// Client talks to a running gochat, one command at a time.
type Client struct {
	conn net.Conn
	in   *bufio.Reader
	next int
}

// Command is what a Client can ask for, as docs/EVENTS.md has it.
type Command struct {
	Cmd    string   `json:"cmd"`
	ID     int      `json:"id"`
	Room   string   `json:"room,omitempty"`
	Secret string   `json:"secret,omitempty"`
	To     []string `json:"to,omitempty"`
	// Verified: nicks in To are those of people whose keys were verified.
	Verified bool   `json:"verified,omitempty"`
	Text     string `json:"text,omitempty"`
	File     string `json:"file,omitempty"`
}

// Answer is as much of a reply or an event as Clients look at.
type Answer struct {
	Type  string `json:"type"`
	Fault string `json:"code"` // of an error event
	ID    any    `json:"id"`
	OK    bool   `json:"ok"`
	Error *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Room      string `json:"room"`
	Invite    string `json:"invite"`
	Tokenless bool   `json:"tokenless"`
	MessageID string `json:"message_id"`
	Delivered int    `json:"delivered"`
	Of        int    `json:"of"`
	Imported  *struct {
		New     int `json:"new"`
		Known   int `json:"known"`
		Old     int `json:"old"`
		Refused int `json:"refused"`
	} `json:"imported"`
}

// Err is what went wrong, in words; nil if nothing did.
func (a Answer) Err() error {
	switch {
	case a.OK:
		return nil
	case a.Error == nil:
		return errors.New("the running gochat gave no reason")
	}
	return errors.New(a.Error.Message)
}

// Code is the stable word for what went wrong; "" if nothing did.
func (a Answer) Code() string {
	if a.Error == nil {
		return ""
	}
	return a.Error.Code
}

// Close ends the visit.
func (c *Client) Close() error { return c.conn.Close() }

// SetDeadline bounds all that follows.
func (c *Client) SetDeadline(t time.Time) error { return c.conn.SetDeadline(t) }

// Do sends a command and waits for its reply; events that come before it are
// passed over. The error is ErrBusy if too many others are connected.
func (c *Client) Do(cmd Command) (Answer, error) {
	c.next++
	cmd.ID = c.next
	line, err := json.Marshal(cmd)
	if err != nil {
		return Answer{}, fmt.Errorf("ask the running gochat: %w", err)
	}
	_, unasked := c.conn.Write(append(line, '\n')) // who sends us away at once has said why
	a, err := c.Await(func(a Answer) bool { return a.Type == "reply" && a.ID == float64(cmd.ID) })
	if err != nil && unasked != nil && !errors.Is(err, ErrBusy) {
		err = fmt.Errorf("ask the running gochat: %w", unasked)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("the running gochat does not answer (%w)", err)
	}
	return a, err
}

// Await reads until something fits.
func (c *Client) Await(fits func(Answer) bool) (Answer, error) {
	for {
		line, err := c.in.ReadBytes('\n')
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			err = errors.New("it has ended")
		}
		if err != nil {
			return Answer{}, fmt.Errorf("the running gochat: %w", err)
		}
		var a Answer
		switch {
		case json.Unmarshal(line, &a) != nil:
		case a.Type == "error" && a.Fault == jsonio.CodeBusy:
			return Answer{}, ErrBusy
		case fits(a):
			return a, nil
		}
	}
}
