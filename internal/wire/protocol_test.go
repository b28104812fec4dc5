package wire

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gochat/crypto"
)

// protocolTables is the first table under each heading of docs/PROTOCOL.md.
func protocolTables(t *testing.T) map[string][][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][][]string{}
	heading, first := "", true
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			heading, first = strings.TrimLeft(line, "# "), true
		case !strings.HasPrefix(line, "|"):
			first = first && tables[heading] == nil
		case first:
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			tables[heading] = append(tables[heading], cells)
		}
	}
	for heading, rows := range tables {
		if len(rows) < 3 || !strings.HasPrefix(rows[1][0], "---") {
			t.Fatalf("%s: not a table", heading)
		}
	}
	return tables
}

// plain is a name without its case and hyphens: BEAT-ACK is BeatAck.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "-", "")) }

// numbered are the constants of each integer type of this package, by name
// without prefix. Types that need other packages do not resolve, and need not.
func numbered(t *testing.T) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := conf.Check("wire", fset, files, nil)
	return pkg
}

type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	return p, nil
}

func TestProtocolNumbers(t *testing.T) {
	tables, pkg := protocolTables(t), numbered(t)
	for heading, in := range map[string]struct{ typeName, prefix string }{
		"Rendezvous frames":    {"RendezvousType", "Type"},
		"Disco frames":         {"DiscoType", "Type"},
		"Kinds of rounds":      {"RoundKind", "Round"},
		"Status":               {"Status", "Status"},
		"Notices":              {"NoticeCode", "Notice"},
		"Node messages":        {"NodeType", "Node"},
		"Kinds of texts":       {"TextKind", "Text"},
		"Mailbox answers":      {"BoxStatus", "Box"},
		"Roster kinds":         {"RosterKind", "Roster"},
		"Candidate types":      {"CandidateType", "Candidate"},
		"Link frames":          {"LinkFrameType", "LinkFrame"},
		"Stream types":         {"StreamType", "Stream"},
		"Push flags":           {"PushFlags", "Push"},
		"Neighbour priorities": {"NeighbourPriority", "Priority"},
		"Range modes":          {"RangeMode", "Range"},
		"Record types":         {"RecordType", "Record"},
		"Body fields":          {"FieldType", "Field"},
		"Object kinds":         {"ObjectKind", "Object"},
	} {
		want := map[string]int64{}
		for _, name := range pkg.Scope().Names() {
			c, ok := pkg.Scope().Lookup(name).(*types.Const)
			if !ok || !strings.HasSuffix(c.Type().String(), "."+in.typeName) {
				continue
			}
			v, exact := constant.Int64Val(c.Val())
			if !exact {
				t.Fatalf("%s is no number", name)
			}
			want[plain(strings.TrimPrefix(name, in.prefix))] = v
		}
		got := map[string]int64{}
		for _, row := range tables[heading][2:] {
			n, err := strconv.ParseInt(row[0], 10, 64)
			if err != nil {
				t.Errorf("%s: %q is no number", heading, row[0])
			}
			got[plain(row[1])] = n
		}
		if len(want) == 0 || !maps.Equal(got, want) {
			t.Errorf("%s: the document says %v, the code %v", heading, got, want)
		}
	}
}

func TestProtocolLengths(t *testing.T) {
	session := func(body []byte) int { return sessionHeader + len(body) + crypto.TagSize }
	want := map[string]int{
		"PROBE": session(nil), "BYE": session(nil), "CHALLENGE-ECHO": session(make([]byte, len(Token{}))),
	}
	for _, f := range frames() {
		switch f.name {
		case "HELLO", "COOKIE", "GONE", "LAN-QUERY", "LAN-ADVERT":
			want[f.name] = len(f.bytes)
		case "BEAT", "CHALLENGE", "UPDATE-ACK", "ROSTER-GET", "REACH", "REACH-ACK", "NOTICE", "BOX-PUT-ACK", "BOX-FETCH":
			want[f.name] = session(f.bytes)
		}
	}
	got := map[string]int{}
	for _, row := range protocolTables(t)["Rendezvous frames"][2:] {
		if n, err := strconv.Atoi(row[3]); err == nil {
			got[row[1]] = n
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the document says %v, the code %v", got, want)
	}
}

func TestProtocolLimits(t *testing.T) {
	want := map[string]uint64{
		"MaxPacket": MaxPacket, "MaxPayload": MaxPayload, "RelayOverhead": RelayOverhead, "RelayCounterLimit": RelayCounterLimit,
		"HelloSize": HelloSize, "LANSize": LANSize, "STUNRequestSize": STUNRequestSize, "ReachSize": ReachSize,
		"RosterRoom": RosterRoom, "WelcomeRosterRoom": WelcomeRosterRoom,
		"MaxAnnouncement": MaxAnnouncement, "MaxNick": MaxNick, "MaxProtocol": MaxProtocol, "MaxAnnounceCands": MaxAnnounceCands, "MaxCandidates": MaxCandidates,
		"MaxLinkFrame": MaxLinkFrame, "MaxHints": MaxHints, "MaxWantSpans": MaxWantSpans, "MaxWantSpan": MaxWantSpan,
		"MaxRanges": MaxRanges, "MaxRangeIDs": MaxRangeIDs, "MaxParents": MaxParents, "MaxBody": MaxBody, "MaxFields": MaxFields,
		"MaxEmoji": MaxEmoji, "MaxRecord": MaxRecord, "MaxRecordNumber": MaxRecordNumber, "MaxTTL": MaxTTL, "MaxClk": uint64(MaxClk),
		"BoxPart": BoxPart, "MaxBoxObject": MaxBoxObject, "MaxBoxDone": MaxBoxDone, "MaxBoxPage": MaxBoxPage,
		"MinSealedRecord": MinSealedRecord, "MaxSealedRecord": MaxSealedRecord, "MaxGroup": MaxGroup,
		"MaxNodeMessage": MaxNodeMessage, "MaxNodeBody": MaxNodeBody, "MaxNodeEntry": MaxNodeEntry, "MaxNodeKnown": MaxNodeKnown,
		"MaxNodeRelease": MaxNodeRelease, "MaxNodeAdvertised": MaxNodeAdvertised, "MaxNodeNeighbours": MaxNodeNeighbours,
		"MaxNodeEchoes": MaxNodeEchoes, "NodeFrameOverhead": NodeFrameOverhead,
		"MaxText": MaxText, "MaxReason": MaxReason, "MaxAlternatives": MaxAlternatives, "MaxAlternative": MaxAlternative, "MaxStatus": MaxStatus,
	}
	pkg := numbered(t)
	for _, name := range pkg.Scope().Names() {
		if _, ok := want[name]; !ok && strings.HasPrefix(name, "Max") {
			t.Errorf("%s is missing here", name)
		}
	}
	got := map[string]uint64{}
	for _, row := range protocolTables(t)["Limits"][2:] {
		n, err := strconv.ParseUint(row[1], 10, 64)
		if err != nil {
			t.Errorf("%q is no number", row[1])
		}
		got[row[0]] = n
	}
	if !maps.Equal(got, want) {
		t.Errorf("the document says %v\nthe code %v", got, want)
	}
}

// Every label in the code stands in the table of keys, and the other way round.
func TestProtocolLabels(t *testing.T) {
	label := regexp.MustCompile(`"(gochat/(?:1|rec/1)(?: [^"]+)?)"`)
	code := map[string]bool{}
	for _, dir := range []string{"crypto", "internal/wire", "peer", "room", "punch", "bootnode"} {
		names, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range label.FindAllStringSubmatch(string(text), -1) {
				code[m[1]] = true
			}
		}
	}
	doc := map[string]bool{}
	for _, row := range protocolTables(t)["Keys"][2:] {
		doc[strings.Trim(row[0], "`")] = true
	}
	if !maps.Equal(code, doc) {
		t.Errorf("the document has %q\nthe code %q", slices.Sorted(maps.Keys(doc)), slices.Sorted(maps.Keys(code)))
	}
}
