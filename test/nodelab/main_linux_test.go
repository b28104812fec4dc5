package nodelab

import (
	"testing"
	"time"

	"gochat/test/proc"
)

// labsAtOnce is how many parallel tests run at a time.
const labsAtOnce = 7

func TestMain(m *testing.M) { proc.Main(m, labsAtOnce, (*testing.M).Run) }

// patience is for what must happen in the end and has no bound of its own.
const patience = 60 * time.Second
