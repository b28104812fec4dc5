package punch

import "slices"

// portStep is by how much ports rise or fall from one mapping to the next; 0 if
// they do not. Others behind the NAT take ports in between, and the last port
// is followed by the first.
func portStep(ports []uint16) int {
	const far = 32
	if len(ports) < 3 {
		return 0
	}
	up, down, least := 0, 0, far+1
	for i := 1; i < len(ports); i++ {
		d := int(ports[i]) - int(ports[i-1])
		switch {
		case d > 0 && d <= far:
			up++
			least = min(least, d)
		case d < 0 && d >= -far:
			down++
			least = min(least, -d)
		}
	}
	outliers := 0
	if len(ports) > 4 {
		outliers = 1
	}
	switch steps := len(ports) - 1; {
	case up >= steps-outliers && up > 1:
		return least
	case down >= steps-outliers && down > 1:
		return -least
	}
	return 0
}

// portBlock is where a NAT's ports seem to lie, if that is a small part of all:
// four random ones of all ports are that close in one case of a thousand. It
// is a little wider than what was seen.
func portBlock(ports []uint16) PortRange {
	ports = slices.Clone(ports)
	slices.Sort(ports)
	ports = slices.Compact(ports)
	if len(ports) < 4 {
		return PortRange{}
	}
	lo, hi := int(ports[0]), int(ports[len(ports)-1])
	span := hi - lo
	if span > smallBlock {
		return PortRange{}
	}
	margin := 2*span/(len(ports)-1) + 32
	return PortRange{uint16(max(leastPort, lo-margin)), uint16(min(65535, hi+margin))}
}
