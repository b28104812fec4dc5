package tui

import "os/exec"

// suspend says that there is no such thing here.
func suspend() (hint string) {
	return "Windows cannot suspend a program; open another window instead"
}

// opener is the program that opens links.
func opener(link string) *exec.Cmd {
	return exec.Command("rundll32", "url.dll,FileProtocolHandler", link)
}
