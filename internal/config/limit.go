package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How much of a room is kept: a value for all rooms, and others for some.

const (
	keepAllowed  = "days or weeks such as 90d or 8w, or a duration such as 12h, at least 1h; forever; ROOM= before it for one room"
	sizeAllowed  = "bytes, or a number with KB, MB or GB, at least 1MB; unlimited; ROOM= before it for one room"
	sinceAllowed = "a date such as 2026-01-31, a date and time such as 2026-01-31T15:04 or 2026-01-31T15:04:05Z, or how long ago, such as 90m, 12h, 7d or 1w"

	// What is kept unless something else is asked for.
	keepDefault = "90d"
	sizeDefault = "512MB"

	// NoLimit stands for forever and unlimited.
	NoLimit = -1
)

// limit is a value for one room; without a name, for all others.
type limit struct {
	room  string
	value int64
}

// addLimit reads VALUE or ROOM=VALUE.
func addLimit(field func(*Config) *[]limit, parse func(string) (int64, error)) func(*Config, string) error {
	return func(c *Config, text string) error {
		l := limit{}
		value := text
		if i := strings.LastIndexByte(text, '='); i >= 0 {
			l.room, value = text[:i], text[i+1:]
			if err := CheckRoom(l.room); err != nil {
				return fmt.Errorf("the room's name cannot be used: %w", err)
			}
		}
		var err error
		if l.value, err = parse(strings.TrimSpace(value)); err != nil {
			return err
		}
		all := field(c)
		*all = append(slices.DeleteFunc(*all, func(x limit) bool { return x.room == l.room }), l)
		return nil
	}
}

// Keep is how long a room's messages are kept, and how many bytes; NoLimit is
// for ever, or all.
func (c Config) Keep(room string) (age time.Duration, bytes int64) {
	return time.Duration(find(c.keep, room, keepDefault, parseKeep)), find(c.keepSize, room, sizeDefault, parseSize)
}

// find is a room's value: its own, else the one for all, else the default. Options
// given for some rooms alone leave none for all.
func find(list []limit, room, def string, parse func(string) (int64, error)) int64 {
	value, _ := parse(def) // a constant, which is right
	for _, l := range list {
		switch l.room {
		case room:
			return l.value
		case "":
			value = l.value
		}
	}
	return value
}

func parseKeep(text string) (int64, error) {
	if strings.EqualFold(text, "forever") {
		return NoLimit, nil
	}
	d, err := parseAge(text)
	switch {
	case err != nil:
		return 0, err
	case d < time.Hour:
		return 0, errors.New("too short")
	}
	return int64(d), nil
}

// parseAge reads days, weeks, or a duration.
func parseAge(text string) (time.Duration, error) {
	for unit, days := range map[string]time.Duration{"d": 1, "w": 7} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			if err != nil || n > 1<<16/uint64(days) {
				return 0, errors.New("not a number of days or weeks")
			}
			return time.Duration(n) * days * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errors.New("not a duration")
	}
	return d, nil
}

func parseSize(text string) (int64, error) {
	if strings.EqualFold(text, "unlimited") {
		return NoLimit, nil
	}
	n, err := parseBytes(text)
	if err == nil && n < 1<<20 {
		return 0, errors.New("too small")
	}
	return n, err
}

// parseBytes reads a number of bytes with or without a unit.
func parseBytes(text string) (int64, error) {
	text = strings.ToUpper(text)
	unit := int64(1)
	for _, u := range []struct {
		name string
		size int64
	}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}} {
		if number, ok := strings.CutSuffix(text, u.name); ok {
			text, unit = strings.TrimSpace(number), u.size
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	switch {
	case err != nil && unit == 1:
		n, err = strconv.ParseUint(text, 10, 50)
	case err == nil && n > 1<<20 && unit == 1<<30:
		err = strconv.ErrRange
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, errors.New("too large")
	case err != nil:
		return 0, errors.New("not a size")
	}
	return int64(n) * unit, nil
}

// parseSince reads a point in time, in the local time zone unless it names one.
func parseSince(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	d, err := parseAge(text)
	if err != nil {
		if _, plain := strconv.ParseUint(text, 10, 64); plain == nil {
			return time.Time{}, errors.New("a number without a unit")
		}
		return time.Time{}, errors.New("neither a date nor a duration")
	}
	return now.Add(-d), nil
}

// checkLimits refuses limits of rooms that are not joined: a slip of the pen
// would else go unnoticed.
func (c *Config) checkLimits() error {
	for name, list := range map[string][]limit{"keep": c.keep, "keep-size": c.keepSize} {
		if c.Source(name).Kind != Flag {
			continue
		}
		for _, l := range list {
			if l.room != "" && len(c.Rooms) > 0 && !slices.Contains(c.roomNames(), l.room) {
				return c.conflict(name, "the room "+quote(l.room)+" is not among those to join", strings.Join(c.roomNames(), ", "))
			}
		}
	}
	return nil
}
