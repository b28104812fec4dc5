package nodelab

import (
	"fmt"
	"strings"
)

// memory is the resident memory of processes, in KiB, by name.
type memory map[string]int

func (w *world) memory() memory {
	w.t.Helper()
	m := memory{}
	for _, n := range w.nodes {
		kib, err := n.now.RSS()
		if err != nil {
			w.t.Fatal(err)
		}
		m[n.now.Name] = kib
	}
	for _, x := range w.members {
		kib, err := x.RSS()
		if err != nil {
			w.t.Fatal(err)
		}
		m[x.Name] = kib
	}
	return m
}

// summary is the sum and the largest of nodes and of members.
func (m memory) summary() string {
	var sum, most [2]int
	for name, kib := range m {
		i := 1
		if strings.HasPrefix(name, "bootnode") {
			i = 0
		}
		sum[i] += kib
		most[i] = max(most[i], kib)
	}
	return fmt.Sprintf("nodes %d MiB, the largest %d; members %d MiB, the largest %d",
		sum[0]>>10, most[0]>>10, sum[1]>>10, most[1]>>10)
}
