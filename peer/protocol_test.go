package peer

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The table of close codes in docs/PROTOCOL.md is that of the code.
func TestDocumentedCloseCodes(t *testing.T) {
	doc, err := os.ReadFile("../docs/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "### Close codes")
	table, _, _ = strings.Cut(table, "\n### ")
	codes := []closeCode{closeLeave, closeDuplicate, closeRefused, closeStale, closeInvalid, closeLost, closeSurplus, closeUnserved, closeBusy, closeDone}
	for i, name := range []string{"LEAVE", "DUPLICATE", "REFUSED", "STALE", "INVALID", "LOST", "SURPLUS", "UNSERVED", "BUSY", "DONE"} {
		if row := fmt.Sprintf("| %d | %s |", codes[i], name); !strings.Contains(table, row) {
			t.Errorf("docs/PROTOCOL.md lacks %q", row)
		}
	}
	if rows := strings.Count(table, "\n| "); rows != len(codes)+1 {
		t.Errorf("docs/PROTOCOL.md has %d rows, want a head and %d codes", rows, len(codes))
	}
}
