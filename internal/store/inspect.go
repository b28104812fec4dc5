package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

// content is what a file looks like from outside.
type content int

const (
	contentNone   content = iota // absent or empty
	contentSQLite                // a plain database
	contentNoise                 // encrypted, or made to look so
	contentOther
)

// sqliteMagic begins a database file (sqlite.org/fileformat2.html §1.3).
var sqliteMagic = []byte("SQLite format 3\x00")

// inspect looks at the first page of a file.
func inspect(path string) (content, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return contentNone, nil
	}
	if err != nil {
		return contentNone, err
	}
	defer f.Close()
	page := make([]byte, pageSize)
	n, err := io.ReadFull(f, page)
	switch {
	case n == 0:
		return contentNone, nil
	case err != nil && err != io.ErrUnexpectedEOF:
		return contentNone, err
	case bytes.HasPrefix(page[:n], sqliteMagic):
		return contentSQLite, nil
	case n == pageSize && isNoise(page):
		return contentNoise, nil
	}
	return contentOther, nil
}

// isNoise reports whether a page's bytes are spread as evenly as a cipher
// spreads them. Of random pages the statistic (chi squared, 255 degrees of
// freedom) exceeds the bound less than once in 10^14.
func isNoise(page []byte) bool {
	const bound = 480
	var counts [256]int
	for _, b := range page {
		counts[b]++
	}
	expected := float64(len(page)) / 256
	sum := 0.0
	for _, n := range counts {
		d := float64(n) - expected
		sum += d * d / expected
	}
	return sum < bound
}
