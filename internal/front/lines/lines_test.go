package lines

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func collect(r *Reader) (got []Line) {
	for l := range r.Lines() {
		got = append(got, l)
	}
	return got
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	for _, c := range []struct {
		in   string
		want []Line
	}{
		{"", nil},
		{"a\nb\n", []Line{{Text: "a"}, {Text: "b"}}},
		{"a\r\n\nb", []Line{{Text: "a"}, {}, {Text: "b"}}},
		{"0123456789\r\n", []Line{{Text: "0123456789"}}},
		{"01234567890\nb\n", []Line{{TooLong: true}, {Text: "b"}}},
		{long + "\nb", []Line{{TooLong: true}, {Text: "b"}}},
		{"b\n" + long, []Line{{Text: "b"}, {TooLong: true}}},
	} {
		r := Read(iotest.HalfReader(strings.NewReader(c.in)), 10)
		if got := collect(r); !slices.Equal(got, c.want) || r.Err() != nil {
			t.Errorf("%.20q: %v, %v; want %v", c.in, got, r.Err(), c.want)
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	r := Read(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 10)
	if got := collect(r); len(got) != 2 || r.Err() != broken {
		t.Errorf("%v, %v", got, r.Err())
	}
}

func TestStopLetsGo(t *testing.T) {
	r := Read(strings.NewReader("a\nb\n"), 10)
	r.Stop()
	for range r.Lines() { // ends although nobody asked for the lines
	}
}
