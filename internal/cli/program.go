package cli

import (
	"errors"
	"io/fs"
	"os/exec"

	"gochat/internal/config"
)

// checkPrograms is the *config.Error of a program that is to be run for messages or
// events and cannot be found: who waits for the first of them would never learn why
// nothing happens.
func checkPrograms(cmd config.Command, cfg config.Config) error {
	member := cmd == config.Join || cmd == config.Run && cfg.Mode == config.Client
	switch {
	case cmd == config.On:
		return checkProgram("COMMAND", cfg.Args[0], config.Source{Kind: config.Flag})
	case member:
		return checkFirst(cfg, "on-message", cfg.OnMessage)
	case cmd == config.Run:
		return checkFirst(cfg, "hook", cfg.Monitor.Hooks)
	}
	return nil
}

// checkFirst checks the programs of an option's commands.
func checkFirst(cfg config.Config, option string, commands [][]string) error {
	for _, argv := range commands {
		if err := checkProgram("--"+option, argv[0], cfg.Source(option)); err != nil {
			return err
		}
	}
	return nil
}

func checkProgram(option, name string, from config.Source) error {
	_, err := exec.LookPath(name)
	if err == nil {
		return nil
	}
	problem := err.Error()
	switch {
	case errors.Is(err, exec.ErrDot):
		problem = "the program is in the working directory alone, and must be written ./" + name + " then"
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		problem = "there is no such program"
	case errors.Is(err, fs.ErrPermission):
		problem = "the program may not be run"
	}
	return &config.Error{Option: option, Source: from, Value: name, Problem: problem, Allowed: "a program in PATH, or the path of one that may be run"}
}
