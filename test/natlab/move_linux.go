package natlab

import "fmt"

// subnets numbers the LANs of the homes: A has 192.168.1.0/24.
var subnets = map[string]int{"A": 1, "B": 2, "C": 3}

// gateway is the inner address of a home's router.
func gateway(home string) string { return fmt.Sprintf("192.168.%d.1", subnets[home]) }

// Move carries a host (a, a2 or b) to the LAN of another home, "A", "B" or
// "C": the cable is pulled, and the host comes up with an address and the
// gateway of the new network, as between Wi-Fi and cable, or two places.
func (l *Lab) Move(host, home string) {
	l.t.Helper()
	from, ok := l.home[host]
	if !ok || subnets[home] == 0 {
		l.t.Fatalf("%s cannot move to home %s", host, home)
	}
	number := map[string]int{"a": 2, "a2": 3, "b": 4}[host] // also taken along
	cable := "link set l-" + host
	for _, step := range []struct {
		node  string
		lines []string
	}{
		{"nat" + from, []string{cable + " netns " + l.router(home)}},
		{host, []string{"addr flush dev eth0"}},
		{"nat" + home, []string{cable + " master lan", cable + " up"}},
		{host, []string{
			fmt.Sprintf("addr add 192.168.%d.%d/24 dev eth0", subnets[home], number),
			"route replace default via " + gateway(home),
		}},
	} {
		if err := l.ip(step.node, step.lines...); err != nil {
			l.t.Fatalf("move %s to home %s: %v", host, home, err)
		}
	}
	l.home[host] = home
}

// Isolate keeps the hosts of home A apart, as guest networks do: they reach
// the router, and each other only through it.
func (l *Lab) Isolate() {
	l.t.Helper()
	err := l.ip("natA", "link set l-a type bridge_slave isolated on", "link set l-a2 type bridge_slave isolated on")
	if err != nil {
		l.t.Fatal(err)
	}
}
