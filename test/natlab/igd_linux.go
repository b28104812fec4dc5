package natlab

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// What a router with port mapping speaks: miniupnpd, the daemon most home
// routers run, does all three; the others are kept from it.
const (
	AllMapping = ""
	OnlyPCP    = `udp dport 1900 drop; udp dport 5351 @th,64,8 0 drop`
	OnlyNATPMP = `udp dport 1900 drop; udp dport 5351 @th,64,8 2 drop`
	OnlyUPnP   = `udp dport 5351 drop`
)

// igdBinary finds miniupnpd.
func igdBinary() (string, error) {
	if path, err := exec.LookPath("miniupnpd"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/miniupnpd")
}

// IGD starts port mapping on the router of a home, with more lines of
// configuration; only is one of the constants above.
func (l *Lab) IGD(router, only string, config ...string) {
	l.t.Helper()
	binary, err := igdBinary()
	if err != nil {
		missing(l.t, fmt.Errorf("%w (package miniupnpd-nftables; .ci/miniupnpd unpacks it and prints the folder to put into PATH)", err))
	}
	dir, err := os.MkdirTemp("", "gochat-igd-") // Its path must be short.
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { os.RemoveAll(dir) })
	rules := `table inet miniupnpd
delete table inet miniupnpd
table inet miniupnpd {
  chain only { type filter hook input priority -10; ` + only + ` ; }
  chain forward { type filter hook forward priority 10; policy accept; }
  chain prerouting { type nat hook prerouting priority -101; policy accept; }
  chain postrouting { type nat hook postrouting priority 99; policy accept; }
}
`
	if err := run(rules, "ip", "netns", "exec", l.router(router), "nft", "-f", "-"); err != nil {
		l.t.Fatal(err)
	}
	lines := append([]string{
		"ext_ifname=wan", "listening_ip=lan", "http_port=5000", "enable_natpmp=yes", "enable_upnp=yes", "secure_mode=yes",
		"uuid=00000000-0000-0000-0000-000000000001",
		"upnp_table_name=miniupnpd", "upnp_nat_table_name=miniupnpd", "upnp_forward_chain=forward",
		"upnp_nat_chain=prerouting", "upnp_nat_postrouting_chain=postrouting",
		"allow 1024-65535 192.168.0.0/16 1024-65535", "deny 0-65535 0.0.0.0/0 0-65535",
	}, config...)
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		l.t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command("ip", "netns", "exec", l.router(router), binary, "-d", "-f", conf, "-P", filepath.Join(dir, "pid"))
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if l.t.Failed() {
			l.t.Logf("miniupnpd on router %s:\n%.4000s", router, log.String())
		}
	})
	for deadline := time.Now().Add(5 * time.Second); !l.hasUDP(l.router(router), 5351); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatal("miniupnpd does not listen")
		}
	}
}

// Mappings lists the mappings a router holds, as its kernel has them.
func (l *Lab) Mappings(router string) (list []string) {
	l.t.Helper()
	out, err := exec.Command("ip", "netns", "exec", l.router(router), "nft", "list", "chain", "inet", "miniupnpd", "prerouting").Output()
	if err != nil {
		l.t.Fatal(err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "dnat") {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

// hasUDP tells whether something has the UDP port open in a namespace.
func (l *Lab) hasUDP(ns string, port uint16) (found bool) {
	open := fmt.Sprintf(":%04X ", port)
	err := within(ns, func() error {
		for _, table := range []string{"udp", "udp6"} {
			b, err := os.ReadFile("/proc/thread-self/net/" + table)
			if err != nil {
				return err
			}
			found = found || strings.Contains(string(b), open)
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return found
}
