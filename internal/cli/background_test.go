package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"gochat/internal/jsonio"
)

// A process in very many rooms is ready, too.
func TestConverseWithManyRooms(t *testing.T) {
	ready := jsonio.Detaching{PID: 1}
	for i := range 5000 {
		ready.Rooms = append(ready.Rooms, fmt.Sprintf("a-room-with-a-rather-long-name-%d", i))
	}
	line, err := json.Marshal(childSays{Ready: &ready})
	if err != nil {
		t.Fatal(err)
	}
	_, nothing := io.Pipe()
	if got := converse(strings.NewReader(string(line)+"\n"), nothing, nil); got == nil || len(got.Rooms) != 5000 {
		t.Error("it is not taken for ready")
	}
}
