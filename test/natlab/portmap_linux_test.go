package natlab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// miniupnpd refuses to map where the outside address is one of documentation,
// so these labs have one of the Internet. Nothing leaves the namespaces.
const mappedServer = "5.5.5.1:9595"

// mappedWorld is a lab with public outside addresses.
func mappedWorld(t *testing.T, args ...string) *world {
	w := &world{Lab: New(t, Flat, Delay(25*time.Millisecond), Hops(6)), t: t}
	for node, lines := range map[string][]string{
		"srv":  {"addr add 5.5.5.1/24 dev eth0"},
		"natA": {"addr flush dev wan", "addr add 5.5.5.10/24 dev wan"},
		"natB": {"addr flush dev wan", "addr add 5.5.5.20/24 dev wan"},
	} {
		if err := w.ip(node, lines...); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if w.binary, err = proc.Binary(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	proc.StartText(t, "bootnode", w.command("srv", home, append([]string{"--mode", "bootnode", "--listen", mappedServer, "--data-dir", home}, args...)...))
	w.until("the bootnode to listen", func() bool { return w.listening("srv", 9595) })
	return w
}

func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain for %s; mappings of A: %q", what, w.Mappings("A"))
		}
	}
}

// mapper starts a member that uses the bootnode of a mappedWorld.
func (w *world) mapper(node, nick string, args ...string) *proc.Process {
	home := w.t.TempDir()
	return proc.Start(w.t, nick, w.command(node, home, append([]string{"--bootnode", mappedServer, "--room", "mapped",
		"--nick", nick, "--ui", "json", "--data-dir", home, "--no-birthday"}, args...)...))
}

// A symmetric NAT that cannot be punched from a port-restricted one is open
// where its router maps a port, at once; and the mapping ends with us.
func TestPortMapping(t *testing.T) {
	t.Parallel()
	for name, only := range map[string]string{"PCP": OnlyPCP, "NAT-PMP": OnlyNATPMP, "UPnP": OnlyUPnP, "all": AllMapping} {
		t.Run(name, func(t *testing.T) {
			w := mappedWorld(t)
			w.NAT("A", Symmetric)
			w.NAT("B", PortRestricted)
			w.IGD("A", only)
			alice := w.mapper("a", "alice")
			alice.Wait(patience, "alice to register", proc.Registered)
			w.until("the mapping", func() bool { return len(w.Mappings("A")) == 1 })
			start := time.Now()
			bob := w.mapper("b", "bob")
			expectPath(t, alice, bob, "direct")
			t.Logf("direct %d ms after bob's start; %s", time.Since(start).Milliseconds(), w.Mappings("A"))
			alice.Do(map[string]any{"cmd": "quit"})
			end := time.Now()
			if code := alice.Exit(patience); code != 0 {
				t.Errorf("alice left with code %d", code)
			}
			t.Logf("left in %d ms", time.Since(end).Milliseconds())
			if left := w.Mappings("A"); len(left) != 0 {
				t.Errorf("left behind at the router: %q", left)
			}
		})
	}
}

// A mapping outlives its lease while the member lives, always with the same
// inner port, and ends with it when the member is killed.
func TestPortMappingIsRenewed(t *testing.T) {
	t.Parallel()
	w := mappedWorld(t)
	w.NAT("A", Symmetric)
	w.IGD("A", OnlyPCP, "min_lifetime=5", "max_lifetime=12")
	alice := w.mapper("a", "alice")
	alice.Wait(patience, "alice to register", proc.Registered)
	w.until("the mapping", func() bool { return len(w.Mappings("A")) == 1 })
	before := w.Mappings("A")
	time.Sleep(14 * time.Second) // longer than the lease
	if after := w.Mappings("A"); len(after) != 1 || after[0] != before[0] {
		t.Errorf("after the lease: %q, before: %q", after, before)
	}
	alice.Kill()
	w.until("the lease to end", func() bool { return len(w.Mappings("A")) == 0 })
}

// A bootnode says whether packets from outside come through. A router that
// lists a mapping but lets nothing through is made to make it again, and then
// given up: a candidate that leads nowhere is worse than none.
func TestPortMappingIsVerified(t *testing.T) {
	t.Parallel()
	for name, lying := range map[string]bool{"honest": false, "lying": true} {
		t.Run(name, func(t *testing.T) {
			w := mappedWorld(t)
			w.NAT("A", Symmetric)
			w.IGD("A", OnlyNATPMP)
			if lying {
				rules := "table ip lying {\n chain c { type filter hook forward priority -5; iifname wan ct state new drop; }\n}\n"
				if err := run(rules, "ip", "netns", "exec", w.router("A"), "nft", "-f", "-"); err != nil {
					t.Fatal(err)
				}
			}
			log := filepath.Join(t.TempDir(), "log")
			alice := w.mapper("a", "alice", "--log-level", "debug", "--log-file", log)
			alice.Wait(patience, "alice to register", proc.Registered)
			said := func(text string) int {
				b, err := os.ReadFile(log)
				if err != nil {
					t.Fatal(err)
				}
				return strings.Count(string(b), text)
			}
			if !lying {
				w.until("the mapping to be seen to work", func() bool { return said("works=true") > 0 })
				home := t.TempDir()
				report, err := w.command("a2", home, "doctor", "--bootnode", mappedServer, "--data-dir", home).Output()
				if err != nil || !strings.Contains(string(report), "NAT-PMP; a packet from outside came through") {
					t.Errorf("doctor, %v:\n%s", err, report)
				}
				if list := w.Mappings("A"); len(list) != 1 {
					t.Errorf("doctor left a mapping behind: %q", list)
				}
				return
			}
			w.until("the mapping to be made again and given up", func() bool { return said("works=false") == 2 && len(w.Mappings("A")) == 0 })
			if n := said("outside=5.5.5.10"); n != 2 {
				t.Errorf("mapped %d times, want 2", n)
			}
		})
	}
}

func TestNoPortMapping(t *testing.T) {
	t.Parallel()
	w := mappedWorld(t)
	w.NAT("A", Symmetric)
	w.IGD("A", AllMapping)
	alice := w.mapper("a", "alice", "--no-portmap")
	alice.Wait(patience, "alice to register", proc.Registered)
	time.Sleep(neverWithin)
	if list := w.Mappings("A"); len(list) != 0 {
		t.Errorf("mapped in spite of --no-portmap: %q", list)
	}
}

// Behind a carrier's NAT the router's outside address is a private one. This
// router refuses then; nobody waits for it and nothing is lost.
func TestPortMappingBehindCarrier(t *testing.T) {
	t.Parallel()
	w := newWorld(t, CGN, Delay(25*time.Millisecond), Hops(6))
	w.IGD("A", AllMapping)
	a, b, first := w.meet("a", "p", "carrier")
	expectPath(t, a, b, "direct")
	t.Logf("first message %d ms after bob's start", first.Milliseconds())
	leave(t, a, b)
}

// Who has used up a bootnode's quota is told so in words.
func TestRelayQuota(t *testing.T) {
	t.Parallel()
	w := mappedWorld(t, "--relay-quota", "100KB/hour")
	w.NAT("A", Symmetric)
	w.NAT("B", Symmetric)
	alice, bob := w.mapper("a", "alice"), w.mapper("b", "bob")
	expectPath(t, alice, bob, "relay")
	for range 5 {
		alice.Post(map[string]any{"cmd": "send", "text": strings.Repeat("x", 30<<10)})
	}
	e := alice.Wait(patience, "word of the quota", func(e proc.Event) bool {
		return e.Type() == "notice" && e.String("code") == "relay-quota"
	})
	if !strings.Contains(e.String("text"), "5.5.5.1:9595") {
		t.Errorf("it says %q", e.String("text"))
	}
}
