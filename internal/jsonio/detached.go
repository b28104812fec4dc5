package jsonio

import "time"

// Detaching is what is told of a gochat that goes on in the background.
type Detaching struct {
	PID      int      `json:"pid"`
	DataDir  string   `json:"data_dir"`
	Profile  int      `json:"profile"`
	Log      string   `json:"log"`
	Nick     string   `json:"nick"`
	Key      string   `json:"key"`
	Rooms    []string `json:"rooms"`
	Answered bool     `json:"answered"`
	Notices  []string `json:"notices,omitempty"`
}

type detachedEvent struct {
	head
	Detaching
}

// Detached is the one line that gochat --detach --json prints.
func Detached(d Detaching, now time.Time) ([]byte, error) {
	line, err := encode(detachedEvent{head{Version, "detached", timeText(now)}, d})
	return append(line, '\n'), err
}
