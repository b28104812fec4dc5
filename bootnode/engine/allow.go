package engine

import (
	"bytes"
	"errors"
	"fmt"

	"gochat/crypto"
)

// MaxAllowFile bounds a list of nodes, in bytes.
const MaxAllowFile = 1 << 20

// ParseAllow reads a list of nodes: a public key, U…, on each line, and behind
// it whatever helps to remember whose it is. Comments begin with #. The list of
// an empty file is empty, not nil. The error names the line at fault.
func ParseAllow(b []byte) (list []crypto.NodeID, err error) {
	if len(b) > MaxAllowFile {
		return nil, errors.New("longer than 1 MiB")
	}
	list = []crypto.NodeID{}
	seen := map[crypto.NodeID]bool{}
	n := 0
	for line := range bytes.Lines(b) {
		n++
		line, _, _ = bytes.Cut(line, []byte("#"))
		fields := bytes.Fields(line)
		if len(fields) == 0 {
			continue
		}
		id, err := crypto.ParseNodeID(string(fields[0]))
		if err != nil {
			return nil, fmt.Errorf("line %d is %w", n, crypto.ErrNodeID)
		}
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
		if len(list) > maxAllowed {
			return nil, fmt.Errorf("more than %d nodes", maxAllowed)
		}
	}
	return list, nil
}
