package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// Ask has the bootnode at a socket do a command. The error is an *Error if it
// answers that it does not, and wraps ErrNobody if none is there.
func Ask(ctx context.Context, path string, r Request) (json.RawMessage, error) {
	asked := time.Now()
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return nil, &Error{CodeBusy, "too many others ask this bootnode at once; try again"}
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%s belongs to another user: run this as the user the bootnode runs as (%w)", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w (%w)", path, ErrNobody, err)
	}
	defer c.Close()
	if t, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(t)
	}
	defer context.AfterFunc(ctx, func() { c.Close() })()
	r.V = Version
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	_, unasked := c.Write(append(line, '\n')) // who sends us away at once has said why
	answer, err := bufio.NewReader(io.LimitReader(c, MaxResponse)).ReadBytes('\n')
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil:
		return nil, fmt.Errorf("the bootnode gave no answer in %d s: is it stopped or overloaded?", int(time.Since(asked).Round(time.Second)/time.Second))
	case err != nil:
		return nil, fmt.Errorf("the bootnode gave no answer: %w", errors.Join(err, unasked))
	}
	var got Response
	switch err := json.Unmarshal(answer, &got); {
	case err != nil:
		return nil, fmt.Errorf("the bootnode's answer cannot be read: %w", err)
	case got.Error != nil:
		return nil, got.Error
	case !got.OK || got.V != Version:
		return nil, fmt.Errorf("the bootnode speaks version %d, this gochat %d", got.V, Version)
	}
	return got.Result, nil
}
