package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build makes the gochat binary of this checkout in dir and returns its path.
// If GOCHAT_BINARY is set it names the binary to test instead, such as one
// made for release. Build once for all tests of a package.
func Build(dir string) (string, error) {
	if given := os.Getenv("GOCHAT_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "gochat")
	// Without a word of Git's: what the binary says of itself is the same everywhere.
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build in %s: %w\n%s", root, err, out)
	}
	return binary, nil
}

// moduleRoot is the nearest directory above with a go.mod file.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}
