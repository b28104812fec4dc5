package hooks

import (
	"context"
	"strconv"
	"time"

	"gochat/internal/command"
)

// program runs a program with an event on its standard input and in its
// environment. What it prints is thrown away.
func program(argv []string, path string) func(context.Context, Event, []byte) error {
	return func(ctx context.Context, e Event, body []byte) error {
		return command.Command{Argv: argv, Env: environment(e, path), Input: append(body, '\n'), Limit: allowed}.Run(ctx)
	}
}

func environment(e Event, path string) []string {
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return []string{
		"PATH=" + path,
		"GOCHAT_EVENT=" + string(e.Kind),
		"GOCHAT_TIME=" + e.Time.UTC().Format(time.RFC3339),
		"GOCHAT_MEMBERS=" + strconv.Itoa(e.Members),
		"GOCHAT_ROOMS=" + strconv.Itoa(e.Rooms),
		"GOCHAT_JOINED=" + number(e.Joined),
		"GOCHAT_LEFT=" + number(e.Left),
		"GOCHAT_TIMED_OUT=" + number(e.TimedOut),
		"GOCHAT_DISMISSED=" + number(e.Dismissed),
		"GOCHAT_REFUSED=" + number(e.Refused),
		"GOCHAT_DROPPED=" + number(e.Dropped),
	}
}
