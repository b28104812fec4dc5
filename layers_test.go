package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// The law of the house: arrows point down only. For each package, by its
// folder, what of gochat it may import; the standard library is free. A folder
// that is not in the table is no package of gochat. Folders in test/ may
// import everything; programs in examples/ and packaging/ what the
// programs of others may.
var layers = map[string]string{
	".": "internal/cli",
	"internal/cli": "internal/filelock internal/invite internal/qr internal/admin internal/attach internal/hook room internal/wire internal/text internal/hub internal/queue internal/store internal/archive internal/config internal/profile internal/front internal/tui internal/plain internal/jsonio " +
		"internal/lan internal/portmap peer bootnode bootnode/engine bootnode/mailbox bootnode/monitor bootnode/hooks internal/store internal/archive internal/rendezvous internal/udp internal/wsconn internal/wire internal/text crypto",
	"internal/invite":            "crypto",
	"internal/qr":                "",
	"internal/loopback":          "bootnode internal/udp crypto",
	"internal/attach":            "",
	"internal/command":           "",
	"internal/hook":              "internal/command internal/text",
	"internal/admin":             "",
	"internal/config":            "internal/text crypto internal/invite",
	"internal/profile":           "internal/filelock internal/text crypto",
	"internal/tui":               "internal/front internal/text peer crypto",
	"internal/plain":             "internal/front internal/front/lines internal/text peer crypto",
	"internal/jsonio":            "internal/front internal/front/lines internal/text peer crypto",
	"internal/front/lines":       "",
	"internal/front/fronttest":   "internal/front internal/text peer crypto",
	"internal/hub":               "internal/jsonio internal/front peer",
	"internal/front":             "internal/text peer crypto",
	"peer":                       "punch room internal/rendezvous internal/queue internal/wire internal/text internal/udp crypto",
	"internal/store":             "room internal/filelock internal/wire crypto",
	"internal/filelock":          "",
	"internal/archive":           "internal/wire crypto",
	"bootnode/monitor":           "bootnode bootnode/presence",
	"bootnode/hooks":             "bootnode internal/command",
	"bootnode":                   "bootnode/presence internal/udp internal/wsconn internal/wire crypto",
	"bootnode/presence":          "internal/wire crypto",
	"bootnode/engine":            "bootnode crypto",
	"bootnode/mailbox":           "bootnode bootnode/engine internal/wire crypto",
	"bootnode/engine/enginetest": "",
	"punch":                      "internal/udp internal/wire crypto",
	"room":                       "internal/wire crypto",
	"internal/rendezvous":        "internal/wire crypto",
	"internal/lan":               "internal/udp internal/wire crypto",
	"internal/wire":              "crypto",
	"internal/wsconn":            "",
	"internal/portmap":           "",
	"internal/wsconn/proxytest":  "",
	"internal/udp":               "",
	"internal/queue":             "",
	"internal/text":              "",
	"internal/simnet":            "",
	"internal/netspace":          "",
	"crypto":                     "",
}

// testOnly packages may be imported by tests of any package, and by no product.
var testOnly = []string{"internal/simnet", "internal/netspace", "internal/front/fronttest", "internal/wsconn/proxytest", "bootnode/engine/enginetest", "internal/loopback"}

// owners names the packages, one if possible, that may import a third-party module.
var owners = map[string]string{
	"golang.org/x/crypto":             "crypto",
	"github.com/pion/stun":            "internal/wire",
	"github.com/joho/godotenv":        "internal/config",
	"github.com/rivo/tview":           "internal/tui",
	"github.com/gdamore/tcell":        "internal/tui",
	"github.com/quic-go/quic-go":      "peer",
	"github.com/ncruces/go-sqlite3":   "internal/store",
	"lukechampine.com/adiantum":       "internal/store",
	"github.com/coder/websocket":      "internal/wsconn",
	"github.com/nats-io":              "bootnode/engine bootnode/mailbox",
	"golang.org/x/net":                "internal/udp internal/wsconn",
	"golang.org/x/sys":                "internal/udp",
	"golang.org/x/term":               "internal/cli",
	"github.com/rivo/uniseg":          "internal/text",
	"rsc.io/qr":                       "internal/qr",
	"github.com/rogpeppe/go-internal": forTests,
	"pgregory.net/rapid":              forTests,
	"github.com/pion/transport":       forTests,
}

// forTests marks a module that no product code may import.
const forTests = "tests"

// api is what programs outside of gochat build on, and so all that examples may
// import of it.
const api = "peer crypto"

// pure packages decide and leave acting to others: no goroutine, no clock.
var pure = []string{"crypto", "internal/wire", "internal/text", "internal/invite", "internal/qr", "internal/rendezvous", "internal/archive", "room", "bootnode/presence"}

// calls lists what only the named folders may use outside of tests.
var calls = map[string]string{
	"os.Exit":      ".",
	"os.Getenv":    ". internal/cli",
	"os.LookupEnv": ". internal/cli",
	"os.Environ":   ". internal/cli",
	"fmt.Print":    "",
	"fmt.Printf":   "",
	"fmt.Println":  "",
	"log.Fatal":    "",
	"log.Fatalf":   "",
	"log.Printf":   "",
	"log.Println":  "",
}

const maxLines = 500

// It parses the imports itself: the result of a command such as go list is
// not something the test cache would notice a change in.
func TestLayers(t *testing.T) {
	for _, fault := range faults(t, os.DirFS(".")) {
		t.Error(fault)
	}
}

// Every rule must be able to fail.
func TestLayersCatchesFaults(t *testing.T) {
	const head = "// Package p is documented.\npackage p\n"
	for name, tc := range map[string]struct{ file, text, want string }{
		"upwards":             {"room/a.go", head + `import _ "gochat/peer"`, "room may not import gochat/peer"},
		"sideways":            {"room/a.go", head + `import _ "gochat/punch"`, "room may not import gochat/punch"},
		"in a test":           {"peer/a_test.go", head + `import _ "gochat/bootnode"`, "peer may not import gochat/bootnode"},
		"simulation":          {"peer/a.go", head + `import _ "gochat/internal/simnet"`, "may not import gochat/internal/simnet"},
		"foreign module":      {"punch/a.go", head + `import _ "github.com/quic-go/quic-go/http3"`, "belongs to peer"},
		"module for tests":    {"room/a.go", head + `import _ "pgregory.net/rapid"`, "belongs to tests"},
		"unknown module":      {"peer/a.go", head + `import _ "example.org/x"`, "has no owner"},
		"similar module":      {"crypto/a.go", head + `import _ "golang.org/x/crypto2"`, "has no owner"},
		"unknown package":     {"extra/a.go", head, "extra is not in the table"},
		"old random":          {"peer/a.go", head + `import _ "math/rand"`, "math/rand/v2"},
		"clock in a core":     {"room/a.go", head + "import \"time\"\nvar _ = time.Now()", "time.Now in a pure package"},
		"goroutine in a core": {"room/a.go", head + "func f() { go f() }", "goroutine in a pure package"},
		"exit":                {"peer/a.go", head + "import \"os\"\nfunc f() { os.Exit(1) }", "os.Exit"},
		"renamed":             {"peer/a.go", head + "import x \"os\"\nfunc f() { x.Exit(1) }", "os.Exit"},
		"sleep":               {"peer/a_test.go", head + "import \"time\"\nfunc f() { time.Sleep(1) }", "time.Sleep"},
		"long":                {"peer/a.go", head + strings.Repeat("\n", maxLines), "lines"},
		"unfinished":          {"peer/a.go", head + "// " + markers[0] + ": later", "unfinished"},
		"example":             {"examples/x/a.go", head + `import _ "gochat/internal/text"`, "may not import gochat/internal/text"},
		"no doc":              {"peer/a.go", "package peer", "no package comment"},
		"no Go":               {"peer/a.go", "package", "expected"},
	} {
		got := faults(t, fstest.MapFS{tc.file: {Data: []byte(tc.text)}})
		if len(got) != 1 || !strings.Contains(got[0], tc.want) {
			t.Errorf("%s: want one fault with %q, got %q", name, tc.want, got)
		}
	}
	for name, tree := range map[string]fstest.MapFS{
		"down":       {"peer/a.go": {Data: []byte(head + `import (_ "gochat/room"; _ "github.com/quic-go/quic-go"; _ "os")`)}},
		"own tests":  {"peer/a.go": {Data: []byte(head)}, "peer/a_test.go": {Data: []byte("package p_test\nimport (_ \"gochat/peer\"; _ \"gochat/internal/simnet\"; _ \"pgregory.net/rapid\")")}},
		"examples/":  {"examples/x/a.go": {Data: []byte(head + "import (_ \"gochat/peer\"; \"os\")\nfunc f() { os.Exit(1) }")}},
		"test/":      {"test/e2e/a_test.go": {Data: []byte(head + "import (_ \"gochat/peer\"; _ \"gochat/bootnode\"; \"time\")\nfunc f() { time.Sleep(1) }")}},
		"another":    {"test/other/go.mod": {Data: []byte("module other")}, "test/other/a.go": {Data: []byte(head + `import _ "example.org/x"`)}},
		"no package": {"peer/testdata/a.go": {Data: []byte("nonsense")}, ".git/a.go": {Data: []byte("nonsense")}},
	} {
		if got := faults(t, tree); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// faults lists what in the tree is against the rules.
func faults(t *testing.T, tree fs.FS) (list []string) {
	documented := map[string]bool{} // by folder of product code
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "dist" || isModule(tree, name)):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		f := newFile(name, src)
		if f.syntax == nil {
			list = append(list, f.faults...)
			return nil
		}
		f.checkImports()
		f.checkUses()
		f.checkText(src)
		if !f.test {
			documented[f.folder] = documented[f.folder] || f.syntax.Doc != nil
		}
		list = append(list, f.faults...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range slices.Sorted(maps.Keys(documented)) {
		if !documented[folder] {
			list = append(list, folder+": no package comment says what lives there")
		}
	}
	return list
}

// isModule tells whether a folder is a module of its own, and so not gochat's.
func isModule(tree fs.FS, folder string) bool {
	_, err := fs.Stat(tree, path.Join(folder, "go.mod"))
	return err == nil
}

// file is a source file being checked.
type file struct {
	name, folder string
	test         bool // a _test.go file
	lab          bool // in test/
	example      bool // in examples/ or packaging/
	bubble       bool // uses testing/synctest, where sleeping takes no time
	syntax       *ast.File
	positions    *token.FileSet
	faults       []string
}

func newFile(name string, src []byte) *file {
	f := &file{name: name, folder: path.Dir(name), positions: token.NewFileSet()}
	f.test = strings.HasSuffix(name, "_test.go")
	f.lab = strings.HasPrefix(name, "test/")
	f.example = strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "packaging/")
	syntax, err := parser.ParseFile(f.positions, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		f.faults = []string{err.Error()}
		return f
	}
	f.syntax = syntax
	return f
}

func (f *file) fault(format string, args ...any) {
	f.faults = append(f.faults, f.name+": "+fmt.Sprintf(format, args...))
}

func (f *file) checkImports() {
	allowed, known := layers[f.folder]
	if f.example {
		allowed, known = api, true
	}
	if !known && !f.lab {
		f.fault("%s is not in the table of packages", f.folder)
		return
	}
	for _, spec := range f.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		inside, ours := strings.CutPrefix(imported, "gochat/")
		first, _, _ := strings.Cut(imported, "/")
		switch {
		case ours:
			ok := f.lab || slices.Contains(strings.Fields(allowed), inside) ||
				f.test && (inside == f.folder || slices.Contains(testOnly, inside))
			if !ok {
				f.fault("%s may not import %s", f.folder, imported)
			}
		case strings.Contains(first, "."):
			f.checkModule(imported)
		case imported == "math/rand":
			f.fault("math/rand: use math/rand/v2 with a seeded source, or crypto/rand for secrets")
		}
	}
}

func (f *file) checkModule(imported string) {
	for module, owner := range owners {
		// A module's major version stands behind its name: stun/v3.
		if imported != module && !strings.HasPrefix(imported, module+"/") {
			continue
		}
		if !slices.Contains(strings.Fields(owner), f.folder) && !f.lab && !(owner == forTests && (f.test || slices.Contains(testOnly, f.folder))) {
			f.fault("%s belongs to %s", imported, owner)
		}
		return
	}
	f.fault("%s has no owner: a new module needs a note in docs/decisions and a line here", imported)
}

// checkUses looks for calls and statements in the wrong place.
func (f *file) checkUses() {
	names := map[string]string{} // by which a file calls a package of the standard library
	for _, spec := range f.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported
		f.bubble = f.bubble || imported == "testing/synctest"
	}
	core := slices.Contains(pure, f.folder) && !f.test
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if core {
				f.fault("goroutine in a pure package")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				f.checkUse(names[x.Name]+"."+n.Sel.Name, core)
			}
		}
		return true
	})
}

func (f *file) checkUse(use string, core bool) {
	folders, restricted := calls[use]
	switch {
	case f.lab || slices.Contains(testOnly, f.folder):
	case f.example && restricted:
	case f.test:
		if use == "time.Sleep" && !f.bubble {
			f.fault("time.Sleep in a test: use testing/synctest or simulated time")
		}
	case restricted && !slices.Contains(strings.Fields(folders), f.folder):
		f.fault("%s has no place in %s", use, f.folder)
	case core && slices.Contains([]string{"time.Now", "time.Since", "time.Until", "time.Sleep",
		"time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick"}, use):
		f.fault("%s in a pure package: the time comes in as an argument", use)
	}
}

// markers of unfinished work, put together so that this file does not hold them.
var (
	markers    = []string{"TO" + "DO", "FIX" + "ME", "X" + "XX", "not " + "implemented", "unimple" + "mented"}
	unfinished = regexp.MustCompile(`\b(` + strings.Join(markers, "|") + `)\b`)
)

func (f *file) checkText(src []byte) {
	lines := strings.Split(strings.TrimSuffix(string(src), "\n"), "\n")
	if len(lines) > maxLines {
		f.fault("%d lines, at most %d", len(lines), maxLines)
	}
	for i, line := range lines {
		if m := unfinished.FindString(line); m != "" {
			f.fault("line %d: %s marks unfinished work", i+1, m)
		}
	}
}
