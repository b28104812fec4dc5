package main

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestListsWhatTheProgramSays(t *testing.T) {
	d := list("1.2.3", &buildinfo.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "gochat"},
		Deps: []*debug.Module{
			{Path: "b.example/Mod", Version: "v2.0.0+incompatible"},
			{Path: "a.example/old", Version: "v1.0.0", Replace: &debug.Module{Path: "a.example/new", Version: "v1.1.0"}},
		},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}},
	})
	var refs []string
	for _, c := range d.Components {
		refs = append(refs, c.PURL)
	}
	want := "pkg:golang/a.example/new@v1.1.0 pkg:golang/b.example/Mod@v2.0.0+incompatible pkg:golang/std@1.26.8"
	if got := strings.Join(refs, " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if d.Metadata.Component.Version != "1.2.3" || len(d.Metadata.Properties) != 1 {
		t.Errorf("about the program: %+v", d.Metadata)
	}
}

// This test is a Go program, too.
func TestReadsAProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sbom.json")
	if err := write("1", self, file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil || d.Format != "CycloneDX" || len(d.Components) == 0 {
		t.Errorf("%v: %s", err, text)
	}
	if err := write("1", file, file); err == nil {
		t.Error("a file that is no program has a list")
	}
}
