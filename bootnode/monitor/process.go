package monitor

import "runtime/metrics"

// process is what the Go runtime tells of itself.
type process struct {
	heap, memory, goroutines uint64
	gc                       float64 // seconds
}

func readProcess() (p process) {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/sched/goroutines:goroutines"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
	}
	metrics.Read(s)
	number := func(i int) uint64 {
		if s[i].Value.Kind() != metrics.KindUint64 {
			return 0 // not of this version of Go
		}
		return s[i].Value.Uint64()
	}
	p.heap, p.memory, p.goroutines = number(0), number(1)-number(2), number(3)
	if s[4].Value.Kind() == metrics.KindFloat64 {
		p.gc = s[4].Value.Float64()
	}
	return p
}
