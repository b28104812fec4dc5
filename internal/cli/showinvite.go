package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"gochat/internal/config"
	"gochat/internal/qr"
	"gochat/internal/text"
)

// inTurn does one thing after the other, up to an error.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// printInvite prints an invite, or writes it to its file.
func printInvite(cfg config.Config, env Env, what string) error {
	if cfg.Out != "" {
		return writeInvite(cfg, what)
	}
	_, err := io.WriteString(env.Out, what)
	return err
}

// told writes lines to standard error, on a terminal broken at words.
func told(env Env, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	if columns, _, ok := terminalSize(env.Err); ok {
		lines = broken(lines, columns)
	}
	_, err := io.WriteString(env.Err, strings.Join(lines, "\n")+"\n")
	return err
}

// broken breaks lines at words.
func broken(lines []string, columns int) (out []string) {
	for _, line := range lines {
		for _, part := range text.Wrap(line, columns) {
			out = append(out, line[part.Start:part.End])
		}
	}
	return out
}

// terminalSize is how much a terminal shows; ok is false if the file is none.
func terminalSize(f *os.File) (columns, rows int, ok bool) {
	if !isTerminal(f) {
		return 0, 0, false
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	return columns, rows, err == nil && columns > 0 && rows > 0
}

// qrCode draws an invite. Capitals make the code smaller. lacks says what of a
// terminal is too small for it; "": nothing, or it is shown on none.
func qrCode(line string, shown bool, env Env) (drawing, lacks string, err error) {
	code, err := qr.New(strings.ToUpper(line))
	if err != nil {
		return "", "", fmt.Errorf("the invite is too long for a QR code; a shorter secret, or fewer bootnodes: %w", err)
	}
	colour := isTerminal(env.Out) && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
	border := qr.Quiet
	if columns, rows, ok := terminalSize(env.Out); ok && shown {
		border, lacks = fitCode(code, columns, rows)
	}
	return code.Draw(colour, border), lacks, nil
}

// fitCode chooses the border with which a code fits a terminal, where the prompt
// takes a row.
func fitCode(code qr.Code, columns, rows int) (border int, lacks string) {
	for _, border := range []int{qr.Quiet, qr.Narrow} {
		if c, r := code.Size(border); c <= columns && r < rows {
			return border, ""
		}
	}
	c, r := code.Size(qr.Narrow)
	return qr.Narrow, fmt.Sprintf("The code needs %d columns and %d rows, and this terminal shows %d by %d: make the window larger or the letters smaller, and run this again.", c, r+1, columns, rows)
}
