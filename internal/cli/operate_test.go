package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gochat/internal/admin"
	"gochat/internal/config"
)

// What somebody wrote into a ban breaks no table, and moves no cursor.
func TestPrintBansClean(t *testing.T) {
	raw, err := json.Marshal(admin.BansResult{Bans: []admin.BanInfo{{Target: "192.0.2.7", Reason: "spam\nand\tmore\x1b[2J"}}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := printResult(&out, admin.Request{Cmd: admin.Bans}, raw); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || strings.ContainsAny(got, "\t\x1b") || !strings.Contains(got, "for good  spam and more") {
		t.Errorf("%q", got)
	}
}

// A program gets its object also when no bootnode was reached, or asked.
func TestOperateJSONErrors(t *testing.T) {
	for _, tc := range []struct {
		args []string
		code string
		exit int
	}{
		{[]string{"kick"}, admin.CodeUsage, ExitUsage},
		{[]string{"nonsense"}, admin.CodeUsage, ExitUsage},
		{[]string{"status"}, admin.CodeNobody, ExitUnreachable},
	} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		cfg := config.Config{Args: tc.args, UI: config.JSON, DataDir: t.TempDir()}
		exit := runOperate(t.Context(), cfg, Env{Out: out, Err: out, Getenv: func(string) string { return "" }})
		b, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		var r admin.Response
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.OK || r.Error == nil || r.Error.Code != tc.code || exit != tc.exit {
			t.Errorf("%v: exit %d, %s", tc.args, exit, b)
		}
	}
}

// The same when the options cannot even be read.
func TestOperateJSONOfBadOptions(t *testing.T) {
	for _, args := range [][]string{{"status", "--json", "--nonsense"}, {"ban", "--for=never", "-json"}, {"--ui", "json", "kick", "--for"}, {"a", "b", "c", "--ui=json"}} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		words, err := os.Create(filepath.Join(t.TempDir(), "err"))
		if err != nil {
			t.Fatal(err)
		}
		defer words.Close()
		exit := Main(t.Context(), append([]string{"bootnode"}, args...), Env{Out: out, Err: words, Getenv: func(string) string { return "" }})
		b, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		var r admin.Response
		if err := json.Unmarshal(b, &r); err != nil || r.OK || r.Error == nil || r.Error.Code != admin.CodeUsage || r.Error.Message == "" || exit != ExitUsage {
			t.Errorf("%v: exit %d, %s", args, exit, b)
		}
	}
	if asksJSON([]string{"notice", "--", "--json"}) || asksJSON([]string{"status", "--json=false"}) || asksJSON([]string{"json"}) {
		t.Error("JSON, and nobody asked for it")
	}
}

// Who is here and who is elsewhere are two columns, in the list and of one room.
func TestPrintRooms(t *testing.T) {
	raw, err := json.Marshal(admin.RoomsResult{Rooms: []admin.Room{{Tag: "0123456789ab", Members: 1, Present: 3}}, Total: 1, Sessions: []admin.Session{{Session: "aa", Via: admin.ViaUDP}}})
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string][]string{"": {"HERE", "PRESENT"}, "01": {"HERE", "PRESENT", "SESSION", "and 2 more"}} {
		var out strings.Builder
		if err := printResult(&out, admin.Request{Cmd: admin.Rooms, Room: asked}, raw); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%q is missing:\n%s", w, out.String())
			}
		}
	}
}
