package attach

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// kind says what a frame holds.
type kind byte

// The kinds of frames, to the front and from it.
const (
	kindHello  kind = 'h' // Hello, as JSON: the first one
	kindInput  kind = 'i' // what was typed
	kindEnd    kind = 'e' // the end of it
	kindResize kind = 'r' // columns and rows, two bytes each
	kindOut    kind = 'o' // for standard output
	kindErr    kind = 'm' // for standard error
	kindBye    kind = 'x' // Bye, as JSON: the last one
)

const (
	// maxFrame is the most that a frame holds; what is longer goes in several.
	maxFrame  = 32 << 10
	maxHello  = 4 << 10
	maxBye    = 4 << 10
	headBytes = 3 // kind and length
)

var errFrame = errors.New("what came is nothing that gochat sends")

// appendFrame appends a frame.
func appendFrame(b []byte, k kind, payload []byte) []byte {
	b = append(b, byte(k))
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	return append(b, payload...)
}

// readFrame reads a frame of at most limit bytes.
func readFrame(r io.Reader, limit int) (k kind, payload []byte, err error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint16(head[1:]))
	if n > limit {
		return 0, nil, errFrame
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, err
	}
	return kind(head[0]), payload, nil
}

// Hello says what is wanted.
type Hello struct {
	// Detach has all other terminals detached; the rest does not matter then.
	Detach bool `json:"detach,omitempty"`

	UI     string `json:"ui,omitempty"`     // tui or plain
	Echoed bool   `json:"echoed,omitempty"` // of plain: the user sees what is typed

	// Of tui:
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Theme  string `json:"theme,omitempty"`  // "": as the session has it
	Notify string `json:"notify,omitempty"` // so is this
	// Environ is what the environment there tells of the terminal, TERM and others.
	Environ map[string]string `json:"environ,omitempty"`
}

// maxSide bounds a terminal's width and height, and so what is drawn.
const maxSide = 1000

// What Hello has in words is short, and nothing a terminal would obey.
const (
	maxWord    = 128
	maxEnviron = 16
)

func parseHello(k kind, payload []byte) (h Hello, err error) {
	if k != kindHello || json.Unmarshal(payload, &h) != nil || !sizeOK(h.Width, h.Height) || !h.wordsOK() {
		return Hello{}, errFrame
	}
	return h, nil
}

func (h Hello) wordsOK() bool {
	words := []string{h.UI, h.Theme, h.Notify}
	for name, value := range h.Environ {
		words = append(words, name, value)
	}
	bad := func(s string) bool {
		return len(s) > maxWord || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	}
	return len(h.Environ) <= maxEnviron && !slices.ContainsFunc(words, bad)
}

func sizeOK(width, height int) bool {
	return width >= 0 && width <= maxSide && height >= 0 && height <= maxSide
}

func parseSize(payload []byte) (width, height int, err error) {
	if len(payload) != 4 {
		return 0, 0, errFrame
	}
	width, height = int(binary.BigEndian.Uint16(payload)), int(binary.BigEndian.Uint16(payload[2:]))
	if !sizeOK(width, height) {
		return 0, 0, errFrame
	}
	return width, height, nil
}

func appendSize(b []byte, width, height int) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(min(max(width, 0), maxSide)))
	return binary.BigEndian.AppendUint16(b, uint16(min(max(height, 0), maxSide)))
}

// Bye says how it ended.
type Bye struct {
	Reason Reason `json:"reason"`
	Text   string `json:"text,omitempty"` // of Failed, or how many were detached
	PID    int    `json:"pid,omitempty"`  // of the process that goes on
}

// Reason is why a terminal shows no front any more.
type Reason string

// The reasons.
const (
	Left       Reason = "left"       // its user left
	Detached   Reason = "detached"   // another had it detached
	Ended      Reason = "ended"      // the session ends
	Slow       Reason = "slow"       // it did not take what was shown
	Busy       Reason = "busy"       // there are too many
	Unsuitable Reason = "unsuitable" // it cannot show that front
	Failed     Reason = "failed"
	Done       Reason = "done" // what Hello.Detach asked for
)

func parseBye(payload []byte) (b Bye, err error) {
	if err := json.Unmarshal(payload, &b); err != nil {
		return b, fmt.Errorf("%w: %w", errFrame, err)
	}
	return b, nil
}
