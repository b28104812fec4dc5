package simnet

// Cut stops packets between two hosts, in both directions, whatever NATs lie
// between. What each of them exchanges with others, a relay for example, is
// not touched.
func (n *Network) Cut(a, b *Host) {
	n.CutOneWay(a, b)
	n.CutOneWay(b, a)
}

// CutOneWay stops packets from one host to another.
func (n *Network) CutOneWay(from, to *Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cuts[[2]*Host{from, to}] = true
}

// Mend undoes Cut and CutOneWay between two hosts.
func (n *Network) Mend(a, b *Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.cuts, [2]*Host{a, b})
	delete(n.cuts, [2]*Host{b, a})
}

// Partition lets packets pass only within each group. Hosts in no group are
// one more group. It replaces an earlier partition.
func (n *Network) Partition(groups ...[]*Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.groups = map[*Host]int{}
	for i, g := range groups {
		for _, h := range g {
			n.groups[h] = i + 1
		}
	}
}

// Heal ends a partition.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.groups = nil
}

func (n *Network) separated(from, to *Host) bool {
	return n.groups[from] != n.groups[to] || n.cuts[[2]*Host{from, to}]
}
