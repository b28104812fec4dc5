package cli

import (
	"runtime"
	"runtime/debug"
)

// version is set by the linker for releases.
var version = ""

// Version says which gochat this is: the version or commit, and how it was
// built.
func Version() string {
	v := version
	info, ok := debug.ReadBuildInfo()
	if ok && v == "" {
		v = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
				v = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	if v == "" {
		v = "devel"
	}
	return "gochat " + v + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}
