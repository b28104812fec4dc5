package cli

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Set by the linker for releases, which are built without the repository's data.
var version, commit, date = "", "", ""

// buildInfo says which gochat this is and how it was built.
type buildInfo struct {
	V        int    `json:"v"`
	Type     string `json:"type"`
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"` // of the commit
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func build() buildInfo {
	b := buildInfo{V: 1, Type: "version", Version: version, Commit: commit, Date: date, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && b.Commit == "":
			b.Commit = s.Value
		case s.Key == "vcs.time" && b.Date == "":
			b.Date = s.Value
		case s.Key == "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
		if b.Commit != "" {
			b.Version = b.Commit[:min(12, len(b.Commit))]
		}
	}
	return b
}

// Version says which gochat this is: the version or commit, and how it was
// built.
func Version() string {
	b := build()
	text := "gochat " + b.Version
	var more []string
	if b.Commit != "" && !strings.HasPrefix(b.Commit, b.Version) {
		more = append(more, "commit "+b.Commit[:min(12, len(b.Commit))])
	}
	if b.Modified {
		more = append(more, "with changes")
	}
	if b.Date != "" {
		more = append(more, b.Date)
	}
	if len(more) > 0 {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	return text + " " + b.Go + " " + b.OS + "/" + b.Arch
}

// versionText is what gochat version prints.
func versionText(args []string) string {
	if !slices.Contains(args, "--json") && !slices.Contains(args, "-json") {
		return Version() + "\n"
	}
	line, err := json.Marshal(build())
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return string(line) + "\n"
}

// release is the version or commit alone.
func release() string { return build().Version }
