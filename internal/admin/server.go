package admin

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Bounds of visits.
const (
	maxClients  = 16
	askTimeout  = 10 * time.Second // for a line to come, and for its answer to leave
	workTimeout = 30 * time.Second // for a command
)

// Handler does a command. An *Error tells its code.
type Handler func(context.Context, Request) (result any, err error)

// Serve answers requests until ctx ends or l is closed; then it closes l and
// returns when nobody is left.
func Serve(ctx context.Context, l net.Listener, do Handler) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	places := make(chan struct{}, maxClients)
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			if c != nil {
				c.Close()
			}
			return
		case err != nil:
			select { // out of files, most likely
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		select {
		case places <- struct{}{}:
			clients.Go(func() {
				defer func() { <-places }()
				visit(ctx, c, do)
			})
		default:
			_ = c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			_, _ = c.Write(respond(nil, &Error{CodeBusy, "too many others ask this bootnode at once; try again"}))
			c.Close()
		}
	}
}

// visit answers one client's requests.
func visit(ctx context.Context, c net.Conn, do Handler) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() {
		// An answer that is on its way may leave.
		_ = c.SetReadDeadline(time.Now())
	})()
	in := bufio.NewReaderSize(c, MaxRequest+1)
	for {
		_ = c.SetReadDeadline(time.Now().Add(askTimeout))
		if ctx.Err() != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
		r, wrong := ParseRequest(line)
		var result any
		if wrong == nil {
			work, done := context.WithTimeout(ctx, workTimeout)
			result, wrong = do(work, r)
			done()
		}
		_ = c.SetWriteDeadline(time.Now().Add(askTimeout))
		if _, err := c.Write(respond(result, wrong)); err != nil || errors.Is(wrong, ErrRequest) {
			return
		}
	}
}
