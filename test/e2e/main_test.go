package e2e

import (
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// The processes mostly wait for each other: more of them than there are
// processors go well together.
const testsAtOnce = 6

func TestMain(m *testing.M) { proc.Main(m, testsAtOnce, netspace.Run) }

// patience is for what must happen in the end, on a busy machine too. Nothing
// waits that long when all is well.
const patience = time.Minute

// slack is what a busy machine may add to what has a bound of its own.
const slack = 10 * time.Second
