package profile

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const runFile = "run"

// maxRun is far above any clock in milliseconds; what is above it in the file
// was not written by us and would leave no room to count on.
const maxRun = 1 << 62

// NextRun is the number of a new run: above every earlier one, and at least
// now in Unix milliseconds, so that it also rises after the directory was
// restored from a copy. It is on disk before it is returned.
func (p *Profile) NextRun(now time.Time) (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(); err != nil {
		return 0, err
	}
	run := max(p.run+1, uint64(max(now.UnixMilli(), 0)))
	if err := p.vault.write(runFile, formatRun(run)); err != nil {
		return 0, fmt.Errorf("keep the run number: %w", err)
	}
	p.run = run
	return run, nil
}

func formatRun(run uint64) []byte { return []byte(strconv.FormatUint(run, 10) + "\n") }

func (p *Profile) loadRun() (damage string, err error) {
	b, err := p.vault.read(runFile, maxRunFile)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil && !errors.Is(err, errDamaged) {
		return "", fmt.Errorf("read the run number: %w", err)
	}
	run, parseErr := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil || parseErr != nil || run > maxRun {
		return p.vault.moveAside(runFile, "the number of this run is taken from the clock")
	}
	p.run = run
	return "", nil
}
