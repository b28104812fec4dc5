package tui

import (
	"context"
	"os/exec"
)

// suspend says that there is no such thing here.
func suspend() (hint string) {
	return "Windows cannot suspend a program; open another window instead"
}

// opener is the program that opens links.
func opener(ctx context.Context, link string) *exec.Cmd {
	return exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", link)
}
