package packaging

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What runs with the right to publish is named by what nobody can move, and a
// job has no right that it does not name.
func TestWorkflowsArePinned(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d workflows (%v)", len(files), err)
	}
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for _, file := range files {
		text := read(t, file)
		if !strings.Contains(text, "\npermissions: {}\n") {
			t.Errorf("%s: jobs have rights that they do not name", file)
		}
		uses := 0
		for line := range strings.Lines(text) {
			_, action, found := strings.Cut(line, "uses: ")
			if !found {
				continue
			}
			uses++
			if !pinned.MatchString(strings.TrimSpace(action)) {
				t.Errorf("%s: %s is not a commit with its version behind it", file, strings.TrimSpace(action))
			}
		}
		if at := strings.Count(text, "actions/checkout@"); at != strings.Count(text, "persist-credentials: false") {
			t.Errorf("%s: a checkout leaves its token to what runs after it", file)
		}
		if uses == 0 {
			t.Errorf("%s uses nothing: is it still read as it is written?", file)
		}
	}
}

// The tests run in a job that cannot publish.
func TestTestsCannotPublish(t *testing.T) {
	_, jobs, found := strings.Cut(read(t, "../.github/workflows/release.yml"), "\njobs:\n")
	if !found {
		t.Fatal("no jobs")
	}
	for _, job := range regexp.MustCompile(`(?m)^  \w+:\n`).Split(jobs, -1)[1:] {
		if strings.Contains(job, ".ci/run") && strings.Contains(job, ": write") {
			t.Errorf("the tests may write:\n%s", job)
		}
	}
}
