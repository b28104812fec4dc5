package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

// hintCells is what a hint has of 80 columns: a blank on both sides, and
// what is below the window in its short form, "↓1234 ".
const hintCells = 72

// The words a hint is made of are read from the source, so that none is left out;
// what is put into it while gochat runs counts as nominalCells.
const nominalCells = 8

var formatVerbs = regexp.MustCompile(`%[a-z]`)

// said is the text of an expression, as far as the source has it.
func said(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		return said(e.X) + said(e.Y)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return formatVerbs.ReplaceAllString(said(e.Args[0]), "1234")
		}
	}
	return strings.Repeat("x", nominalCells)
}

// hints are the texts that a file puts into the status bar.
func hints(f *ast.File) (list []string) {
	add := func(e ast.Expr) { list = append(list, said(e)) }
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		tells := fn.Name.Name == "status"
		if r := fn.Type.Results; r != nil && len(r.List) == 1 && len(r.List[0].Names) == 1 {
			tells = tells || r.List[0].Names[0].Name == "hint"
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					x, field := to.(*ast.SelectorExpr)
					local, named := to.(*ast.Ident)
					if (field && (x.Sel.Name == "hint" || x.Sel.Name == "said") || named && local.Name == "hint") && len(n.Rhs) == len(n.Lhs) {
						add(n.Rhs[i])
					}
				}
			case *ast.ReturnStmt:
				if len(n.Results) == 0 {
					break
				}
				if forms, ok := n.Results[0].(*ast.CompositeLit); tells && ok {
					add(forms.Elts[0]) // the longest
				} else if tells && len(n.Results) == 1 {
					add(n.Results[0])
				}
			case *ast.CallExpr:
				if x, ok := n.Fun.(*ast.SelectorExpr); ok && (x.Sel.Name == "draft" || x.Sel.Name == "jump") {
					add(n.Args[len(n.Args)-1])
				}
			}
			return true
		})
	}
	return list
}

func TestHintsFit(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	list := []string{inNoRoom, working, newOutside(nil, &screenTap{}, Options{Screen: newSimScreen()}).suspend()}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".go") && !strings.HasSuffix(file.Name(), "_test.go") {
			f, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, hints(f)...)
		}
	}
	for _, s := range list {
		if text.Width(s) > hintCells {
			t.Errorf("%d cells, at most %d: %q", text.Width(s), hintCells, s)
		}
	}
	all := strings.Join(list, "\n")
	for _, known := range []string{"Ctrl-S searches", "Esc back", "no shell with job control", "this is the beginning", "match 1234 of", "for everybody", "still being read", "/detach or Ctrl-C leaves it"} {
		if !strings.Contains(all, known) {
			t.Errorf("the hint with %q was not found in the source", known)
		}
	}
}

// The help cuts no key, command or text at 80 columns, and the usages of
// commands not at 40 either.
func TestHelpFits(t *testing.T) {
	for _, width := range []int{80, 40} {
		rows, _ := helpRows(width)
		for _, r := range rows {
			line := ""
			for _, s := range r {
				line += s.text
			}
			if text.Width(line) > width || strings.HasSuffix(line, "…") {
				t.Errorf("at %d columns: %q", width, line)
			}
		}
	}
}

// A hint without room on one row takes more where the screen has them, and ends
// with an ellipsis where it has not.
func TestLongHint(t *testing.T) {
	const whole = "nothing to complete here; Tab completes /commands, nicks, rooms, :emoji"
	for _, c := range []struct {
		w, h int
		rows string
	}{
		{80, 24, " " + whole},
		{40, 12, " nothing to complete here; Tab\n completes /commands, nicks,\n rooms, :emoji"},
		{20, 6, " nothing to comple…"},
	} {
		play(t, c.w, c.h, fronttest.New, func(s *stage) {
			s.typeText("/nick ")
			s.key(tcell.KeyTab, tcell.ModNone)
			s.shows("\n" + c.rows + "\n> /nick")
			s.key(tcell.KeyBackspace, tcell.ModNone)
			s.hides("nothing to")
		})
	}
}

// What is new below the window stays in sight beside the keys of a selection.
func TestHintBesideNews(t *testing.T) {
	for _, c := range []struct {
		w    int
		want string
	}{
		{100, " Esc back · r reply · t react · v all · y copy · e edit · d delete · F1                    ↓ 20 new"},
		{78, "d delete · F1   ↓20"},
		{50, " Esc back · r reply · v all · F1 keys    ↓ 20 new"},
	} {
		play(t, c.w, 9, fronttest.New, func(s *stage) {
			s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 0))
			for i := range 25 { // by several, since of one it would be a flood
				s.says(0, []string{"bob", "carol", "dave"}[i%3], "more")
				if i == 4 {
					s.key(tcell.KeyUp, tcell.ModCtrl)
				}
			}
			s.shows(c.want)
		})
	}
}
