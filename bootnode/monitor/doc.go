// Package monitor shows a bootnode to the machines that watch over it: counts
// at /metrics in the text format of Prometheus, /healthz and /readyz for whoever
// restarts and balances, and, if wanted, Go's profiles.
//
// The metrics are one table, in metrics.go, which docs/OPERATING.md, the
// dashboard and the alerts are compared with. Everything told is a count: no
// rooms, members, addresses or keys, so whoever reads it learns no more than how
// much is going on. Here is no choice of where to listen and no log; what is
// counted is bootnode's.
package monitor
