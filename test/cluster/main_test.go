package cluster

import (
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

func TestMain(m *testing.M) { proc.Main(m, 0, netspace.Run) }

// patience is for what must happen in the end, on a busy machine too. Nothing
// waits that long when all is well.
const patience = 2 * time.Minute
