package mailbox

import (
	"encoding/binary"
	"testing"

	"gochat/bootnode/engine/enginetest"
	"gochat/crypto"
	"gochat/internal/wire"
)

// BenchmarkPut is the pace at which a node alone, and a cluster of three on this
// machine, take objects.
func BenchmarkPut(b *testing.B) {
	b.Run("alone", func(b *testing.B) { putAll(b, start(b, b.TempDir(), Config{PerBox: 1 << 30, MaxBytes: 1 << 30})) })
	b.Run("three", func(b *testing.B) {
		at := enginetest.Addresses(b, 3)
		var nodes []*node
		for i := range at {
			nodes = append(nodes, clusterNode(b, byte(i+1), at[i], at, b.TempDir(), 3))
		}
		putAll(b, nodes[0])
	})
}

func putAll(b *testing.B, n *node) {
	secret := crypto.BoxSecret{1}
	n.come(b, secret)
	next, stored := 0, 0
	ask := func() {
		o := binary.BigEndian.AppendUint64(nil, uint64(next))
		n.Ask(put(secret.ID(), append(o, object(1000, 'b')...)))
		next++
	}
	b.ResetTimer()
	for range min(workers, b.N) {
		ask()
	}
	for range b.N {
		a := <-n.Answers()
		if a.Status == wire.BoxOK {
			stored++
		}
		if next < b.N {
			ask()
		}
	}
	b.ReportMetric(float64(stored)/b.Elapsed().Seconds(), "stored/s")
}
