package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// LogFormat says how a line of the log looks.
type LogFormat string

// The formats.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Monitor is what a bootnode tells of itself.
type Monitor struct {
	Listen   string     // host:port of metrics and health; "": off
	Profile  bool       // Go's profiles there, too
	Hooks    [][]string // commands told of events, each a program and its arguments
	Webhooks []string   // URLs that events are posted to
}

const (
	maxHooks    = 4
	maxHookArgs = 64
)

// setMetricsListen reads an address with its port: a default could only be one
// that something else has.
func setMetricsListen(c *Config, text string) error {
	addr, err := parseListen(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	if strings.HasSuffix(addr, ":") {
		return errors.New("without a port")
	}
	c.Monitor.Listen = addr
	return nil
}

// checkMonitor checks what needs more than one setting.
func (c *Config) checkMonitor() error {
	host, _ := splitAddr(c.Monitor.Listen)
	ip, err := netip.ParseAddr(host)
	loopback := err == nil && ip.IsLoopback()
	switch {
	case c.Mode != Bootnode:
	case c.Monitor.Profile && !loopback:
		return c.conflict("pprof", "profiles show the program's memory, so they are for this machine alone", "--metrics-listen 127.0.0.1:PORT besides")
	case c.Monitor.Listen != "" && !loopback:
		c.Warnings = append(c.Warnings, "--metrics-listen "+c.Monitor.Listen+" can be asked by whoever reaches it: let the firewall allow those alone who watch over this bootnode")
	}
	return nil
}

// addCommand takes one command.
func addCommand(field func(*Config) *[][]string) func(*Config, string) error {
	return func(c *Config, text string) error {
		argv, err := splitCommand(text)
		if err != nil {
			return err
		}
		if len(*field(c)) == maxHooks {
			return fmt.Errorf("more than %d commands", maxHooks)
		}
		*field(c) = append(*field(c), argv)
		return nil
	}
}

// splitCommand splits a line at spaces. Single and double quotes keep spaces
// and the other quotes; nothing else has a meaning, as no shell reads it.
func splitCommand(line string) (argv []string, err error) {
	var word strings.Builder
	var quote rune
	in := false // a word, which may be empty between quotes
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, in = r, true
		case quote == 0 && unicode.IsSpace(r):
			if in {
				argv = append(argv, word.String())
				word.Reset()
				in = false
			}
		case r == 0:
			return nil, errors.New("contains a zero byte")
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if in {
		argv = append(argv, word.String())
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	case len(argv) == 0 || argv[0] == "":
		return nil, errors.New("no command in it")
	case len(argv) > maxHookArgs || len(line) > maxPath:
		return nil, errors.New("too long")
	}
	return argv, nil
}

// addWebhook takes one URL. Errors do not repeat it: it may hold a token.
func addWebhook(c *Config, text string) error {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || len(text) > maxPath:
		return errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("a URL of another kind than http:// or https://")
	case !isIP(u.Hostname()) && !isHostname(u.Hostname()):
		return errors.New("not a host name or IP address")
	case len(c.Monitor.Webhooks) == maxHooks:
		return fmt.Errorf("more than %d URLs", maxHooks)
	}
	c.Monitor.Webhooks = append(c.Monitor.Webhooks, u.String())
	return nil
}
