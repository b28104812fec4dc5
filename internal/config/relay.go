package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// RelayLimits are a bootnode's, for what it carries between members. 0: no
// limit, but for Rate and Burst, which are always limited.
type RelayLimits struct {
	Rate, Burst int   // bytes a second of each member, and at once
	Total       int   // bytes a second of all
	Quota       int64 // bytes of each member in a Period
	Period      time.Duration
}

const (
	bytesAllowed = "bytes, such as 512KB, 2MB or 1GB"
	quotaAllowed = "bytes and a period, such as 500MB/hour or 5GB/day, at least 64KB; without a period it is a day; 0: no quota"

	leastRate = 16 << 10 // less would not carry a conversation
	mostRate  = 1 << 40
	minQuota  = 64 << 10 // the same
)

// amount is an option of bytes between least and most; zero says that 0 stands
// for no limit.
func amount(field func(*Config) *int, least, most int64, zero bool) func(*Config, string) error {
	return func(c *Config, text string) error {
		n, err := parseBytes(text)
		switch {
		case err != nil:
			return err
		case n == 0 && zero:
		case n < least:
			return errors.New("too small")
		case n > most || int64(int(n)) != n:
			return errors.New("too large")
		}
		*field(c) = int(n)
		return nil
	}
}

// setQuota reads BYTES, BYTES/hour or BYTES/day.
func setQuota(c *Config, text string) error {
	size, period, given := strings.Cut(text, "/")
	n, err := parseBytes(strings.TrimSpace(size))
	if err != nil {
		return err
	}
	if n != 0 && n < minQuota {
		return errors.New("too little for a handshake")
	}
	r := RelayLimits{Quota: n, Period: 24 * time.Hour}
	switch strings.ToLower(strings.TrimSpace(period)) {
	case "hour", "h":
		r.Period = time.Hour
	case "day", "d":
	default:
		if given {
			return errors.New("not a period")
		}
	}
	c.Relay.Quota, c.Relay.Period = r.Quota, r.Period
	return nil
}

// bytesText is the short form of a number of bytes.
func bytesText(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

func quotaText(r RelayLimits) string {
	switch {
	case r.Quota == 0:
		return "0"
	case r.Period == time.Hour:
		return bytesText(r.Quota) + "/hour"
	}
	return bytesText(r.Quota) + "/day"
}
