package profile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
)

// holderEnv makes the test binary a process that opens the profile in the
// directory named, says which it got, and holds it until its input ends.
const holderEnv = "GOCHAT_TEST_HOLD_PROFILE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holderEnv); dir != "" {
		p, _, err := Open(dir, false, nil)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(p.Number(), p.Identity().Public())
		io.Copy(io.Discard, os.Stdin)
		p.Close()
		os.Exit(0)
	}
	lockCost = crypto.LockCost{Passes: 1, Memory: 8, Lanes: 1} // quick; nothing is protected by it
	os.Exit(m.Run())
}

func open(t *testing.T, dir string) *Profile {
	t.Helper()
	p, notices, err := Open(dir, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(notices) > 0 {
		t.Fatal(notices)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func key(n int) crypto.PublicKey {
	return crypto.PublicKey{byte(n), byte(n >> 8), 1}
}

func TestTenProcessesAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gochat")
	const n = 10
	said := make(chan string, n)
	var started []*exec.Cmd
	t.Cleanup(func() { // after all inputs have ended
		for _, cmd := range started {
			cmd.Wait()
		}
	})
	for range n {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), holderEnv+"="+dir)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close() })
		started = append(started, cmd)
		go func() {
			line, _ := bufio.NewReader(out).ReadString('\n')
			said <- strings.TrimSpace(line)
		}()
	}
	numbers, keys := map[string]bool{}, map[string]bool{}
	for range n {
		line := <-said
		number, key, ok := strings.Cut(line, " ")
		if !ok || numbers[number] || keys[key] {
			t.Errorf("%q: not a profile of its own", line)
		}
		numbers[number], keys[key] = true, true
	}
	for i := 1; i <= n; i++ {
		if !numbers[fmt.Sprint(i)] {
			t.Errorf("profile %d was skipped: %v", i, numbers)
		}
	}
}

func TestNextFreeProfile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gochat")
	first := open(t, dir)
	second, notices, err := Open(dir, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if second.Number() != 2 || len(notices) != 1 || notices[0].Code != CodeProfile ||
		!strings.Contains(notices[0].Text, "profile-2") {
		t.Errorf("number %d, notices %v", second.Number(), notices)
	}
	key := second.Identity().Public()
	if key == first.Identity().Public() {
		t.Error("two profiles share a key")
	}
	second.Close()
	again, _, err := Open(dir, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Identity().Public() != key {
		t.Error("the second profile did not keep its key")
	}
	if _, _, err := Open(dir, true, nil); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir+" is in use by another gochat: gochat attach shows it, gochat stop ends it") {
		t.Errorf("explicit directory in use: %v", err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	want := p.Identity().Public()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := p.NextRun(time.Now()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("NextRun after Close: %v", err)
	}
	if got := open(t, dir).Identity().Public(); got != want {
		t.Errorf("key %s became %s", want, got)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	dir := filepath.Join(t.TempDir(), "a", "gochat")
	p := open(t, dir)
	if _, err := p.NextRun(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := p.PutRoomKey("r", "", [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.KeepNick("wilma"); err != nil {
		t.Fatal(err)
	}
	p.Close()
	for name, want := range map[string]os.FileMode{
		".": 0o700, "identity": 0o600, "run": 0o600, "rooms": 0o600, "nick": 0o600, "pins": 0o600, "lock": 0o600,
	} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	path := filepath.Join(dir, "identity")
	os.Chmod(path, 0o640)
	if _, _, err := Open(dir, true, nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that the group can read: %v", err)
	}
	// A refusal gives up the lock.
	os.Chmod(path, 0o600)
	open(t, dir)
}

func TestDamagedIdentityIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "x", "gochat identity 1 ", "gochat identity 1 " + strings.Repeat("a", 58) + "\n",
		"gochat bootnode key 1 " + strings.Repeat("a", 58), strings.Repeat("a", maxSeedFile+1),
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "identity"), text)
		if _, _, err := Open(dir, true, nil); !errors.Is(err, errDamaged) || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// One flipped bit must not become another identity.
func TestSeedChecksum(t *testing.T) {
	good := formatSeed("identity", [32]byte{1, 2, 3})
	if seed, ok := parseSeed("identity", good); !ok || seed != ([32]byte{1, 2, 3}) {
		t.Fatal("round trip")
	}
	for i := range good[:len(good)-1] {
		bad := []byte(string(good))
		bad[i] ^= 1
		if seed, ok := parseSeed("identity", bad); ok && seed != ([32]byte{1, 2, 3}) {
			t.Errorf("byte %d: another identity", i)
		}
	}
}

func TestLeftoverOfACrash(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "identity.new"), "half")
	p := open(t, dir)
	want := p.Identity().Public()
	p.Close()
	if open(t, dir).Identity().Public() != want {
		t.Error("the key changed")
	}
}

func TestBase(t *testing.T) {
	env := func(kv ...string) func(string) string {
		return func(k string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == k {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	if runtime.GOOS == "linux" {
		for want, getenv := range map[string]func(string) string{
			"/x/gochat":              env("XDG_DATA_HOME", "/x", "HOME", "/h"),
			"/h/.local/share/gochat": env("XDG_DATA_HOME", "relative", "HOME", "/h"),
		} {
			if got, err := Base(getenv); got != want || err != nil {
				t.Errorf("%s: %s, %v", want, got, err)
			}
		}
	}
	if _, err := Base(env()); err == nil || !strings.Contains(err.Error(), "--data-dir") {
		t.Error(err)
	}
}

func TestBootnode(t *testing.T) {
	dir := t.TempDir()
	open(t, dir) // a member with the same --data-dir is no obstacle
	b, _, err := OpenBootnode(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if b.Seed == ([32]byte{}) {
		t.Error("no seed")
	}
	if _, _, err := OpenBootnode(dir, true); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	second, notices, err := OpenBootnode(dir, false)
	if err != nil || len(notices) != 1 || second.Seed == b.Seed {
		t.Errorf("%v %v", notices, err)
	}
	second.Close()
	b.Close()
	again, _, err := OpenBootnode(dir, true)
	if err != nil || again.Seed != b.Seed {
		t.Errorf("the key changed: %v", err)
	}
	again.Close()
}

func TestKeepNothing(t *testing.T) {
	dir := t.TempDir()
	p, _, err := Open(dir, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.KeepNothing()
	key := p.Identity().Public()
	if err := p.PutRoomKey("lobby", "", crypto.EpochKey{1}); err != nil {
		t.Error(err)
	}
	if _, first, err := p.PinNick("bob", key); !first || err != nil {
		t.Error(first, err)
	}
	if _, ok := p.RoomKey("lobby", ""); !ok {
		t.Error("forgotten at once")
	}
	if known, first, _ := p.PinNick("bob", crypto.PublicKey{2}); first || known != key {
		t.Error("the nick's key was forgotten at once")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p, _, err = Open(dir, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, ok := p.RoomKey("lobby", ""); ok {
		t.Error("the room's key was kept")
	}
	if _, first, _ := p.PinNick("bob", crypto.PublicKey{2}); !first {
		t.Error("the nick's key was kept")
	}
}
