package config

import (
	"strings"
	"testing"
	"time"
)

func TestRelayLimits(t *testing.T) {
	for text, want := range map[string]RelayLimits{
		"0":          {Period: 24 * time.Hour},
		"5GB":        {Quota: 5 << 30, Period: 24 * time.Hour},
		"5gb/day":    {Quota: 5 << 30, Period: 24 * time.Hour},
		"500MB/hour": {Quota: 500 << 20, Period: time.Hour},
		"100 KB / h": {Quota: 100 << 10, Period: time.Hour},
	} {
		var c Config
		if err := setQuota(&c, text); err != nil || c.Relay != want {
			t.Errorf("%q: %+v, %v", text, c.Relay, err)
		}
	}
	for _, text := range []string{"", "x", "5GB/week", "5GB/", "-1", "99999999GB"} {
		if setQuota(&Config{}, text) == nil {
			t.Errorf("%q passed as a quota", text)
		}
	}
	rate := amount(func(c *Config) *int { return &c.Relay.Rate }, leastRate, mostRate, false)
	for text, want := range map[string]string{"512KB": "", "16384": "", "0": "small", "1KB": "small", "2048GB": "large", "much": "size"} {
		err := rate(&Config{}, text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for n, want := range map[int64]string{0: "0", 1500: "1500", 512 << 10: "512KB", 2 << 20: "2MB", 3 << 30: "3GB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
