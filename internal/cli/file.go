package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// output is a file that a command was told to write.
type output struct {
	name    string // as given
	path    string // what it leads to, if it is a link
	through bool   // a pipe or device: written to, never replaced
}

// outputFile looks at what there is under a name before anything is done for it.
// A file is replaced with force alone; what is no file is never replaced.
func outputFile(name string, force bool) (output, error) {
	out := output{name: name, path: name}
	st, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(name); err == nil {
			return out, fmt.Errorf("%s is a link that leads nowhere; name the file itself", name)
		}
		return out, nil
	case err != nil:
		return out, cannotWrite(name, err)
	case st.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0:
		out.through = true
		return out, nil
	case !st.Mode().IsRegular():
		return out, fmt.Errorf("%s is no regular file; - writes to standard output", name)
	case !force:
		return out, fmt.Errorf("%s is there already; --force replaces it", name)
	}
	if out.path, err = filepath.EvalSymlinks(name); err != nil {
		return out, cannotWrite(name, err)
	}
	return out, nil
}

// write writes it: a file that only its owner reads, whole or not at all.
func (o output) write(write func(io.Writer) error) error {
	do := replaceFile
	if o.through {
		do = writeThrough
	}
	if err := do(o.path, write); err != nil {
		return cannotWrite(o.name, err)
	}
	return nil
}

func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func replaceFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".gochat-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// cannotWrite names the file that was wanted rather than the one beside it.
func cannotWrite(path string, err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}
