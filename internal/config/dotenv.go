package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// reader reads a file of at most so many bytes, as readBounded does.
type reader func(path string, limit int64) ([]byte, error)

// readDotenv reads the file, if there is one. A dollar sign stays one, as in
// docker run --env-file. Quotes around a value and comments behind it do not
// count, which Docker sees otherwise: that is told, and refused in a secret,
// since people who read it differently would never meet. What runs a program is
// refused: the file may have come with a folder that somebody else has made.
func readDotenv(path string, read reader) (vars map[string]string, warnings []string, err error) {
	fail := func(problem string) (map[string]string, []string, error) {
		return nil, nil, &Error{Option: ".env", Source: Source{Kind: Dotenv}, Value: path, Problem: problem,
			Allowed: "lines of NAME=value, and comments beginning with #"}
	}
	b, err := read(path, maxDotenv)
	switch {
	case path == "" || errors.Is(err, os.ErrNotExist):
		return nil, nil, nil
	case errors.Is(err, errTooLong):
		return fail("too long")
	case err != nil:
		return fail("cannot be read: " + cause(err))
	case bytes.IndexByte(b, 0) >= 0:
		return fail("is no text file")
	}
	vars, ok := parseDotenv(b)
	if ok {
		literal := literalValues(b)
		for _, o := range options {
			if o.Runs && vars[o.Env] != "" {
				return fail(o.Env + " would run a program, which a file must not that is read wherever gochat is started; set it in the environment, or by --" + o.Name)
			}
			if value, set := vars[o.Env]; !set || value == strings.TrimSpace(literal[o.Env]) && !(o.Secret && value != literal[o.Env]) {
				continue
			}
			if o.Secret {
				return fail(o.Env + " has quotes, a comment or space around it, which docker run --env-file takes for a part of it")
			}
			warnings = append(warnings, ".env: "+o.Env+" is read without its quotes and comment, which docker run --env-file takes for a part of it; leave them away")
		}
		return vars, append(warnings, unknownKeys(vars)...), nil
	}
	// godotenv's own message quotes the rest of the file, secrets included.
	for i, line := range bytes.Split(b, []byte("\n")) {
		if _, ok := parseDotenv(line); !ok {
			return fail(fmt.Sprintf("line %d is not NAME=value, or a quote is not closed", i+1))
		}
	}
	return fail("a quote is not closed")
}

// literalValues reads NAME=value lines as docker run --env-file does.
func literalValues(b []byte) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\uFEFF")) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		if name = strings.TrimSpace(name); ok && !strings.HasPrefix(name, "#") {
			vars[name] = value
		}
	}
	return vars
}

// parseDotenv hides dollar signs from godotenv, which would expand them.
func parseDotenv(b []byte) (map[string]string, bool) {
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	vars, err := godotenv.UnmarshalBytes(bytes.ReplaceAll(b, []byte("$"), []byte{0}))
	if _, unnamed := vars[""]; err != nil || unnamed {
		return nil, false
	}
	for k, v := range vars {
		vars[k] = strings.ReplaceAll(v, "\x00", "$")
	}
	return vars, true
}

// foreign names in a .env belong to Docker and its compose file.
func foreign(key string) bool {
	return strings.HasPrefix(key, "COMPOSE_") || strings.HasPrefix(key, "DOCKER_") || key == "GO_IMAGE"
}

func unknownKeys(vars map[string]string) (warnings []string) {
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = o.Env
	}
	for _, key := range slices.Sorted(maps.Keys(vars)) {
		if slices.Contains(names, key) || foreign(key) {
			continue
		}
		w := ".env: " + clip(key) + " is not a setting of gochat and has no effect"
		if near := nearest(key, names); near != "" {
			w += "; did you mean " + near + "?"
		}
		warnings = append(warnings, w)
	}
	return warnings
}
