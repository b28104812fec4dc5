package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	attempts  = 3
	pause     = time.Second // before the second attempt; then twice that
	mostReply = 64 << 10    // bytes read, so that the connection can be used again
)

// webhook posts an event as JSON.
func webhook(to string) func(context.Context, Event, []byte) error {
	client := &http.Client{Timeout: allowed, CheckRedirect: noRedirect}
	return func(ctx context.Context, _ Event, body []byte) error { return deliver(ctx, client, to, body) }
}

// noRedirect has no redirect followed: what was configured is told, nobody else.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// deliver posts until it succeeds, cannot succeed, or was tried often enough.
func deliver(ctx context.Context, client *http.Client, to string, body []byte) (err error) {
	for i := range attempts {
		if i > 0 {
			select {
			case <-time.After(pause << (i - 1)):
			case <-ctx.Done():
				return err
			}
		}
		var again bool
		if again, err = post(ctx, client, to, body); !again {
			return err
		}
	}
	return err
}

// post reports whether another attempt could help.
func post(ctx context.Context, client *http.Client, to string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "gochat")
	resp, err := client.Do(req)
	if err != nil {
		// Without the URL, which may hold a token.
		if whole := (*url.Error)(nil); errors.As(err, &whole) {
			err = whole.Err
		}
		return ctx.Err() == nil, err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, mostReply)
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	return resp.StatusCode/100 == 5 || resp.StatusCode == http.StatusTooManyRequests, fmt.Errorf("answered %d", resp.StatusCode)
}
