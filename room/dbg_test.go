package room

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"
)

func TestDbg(t *testing.T) {
	debug.SetGCPercent(400)
	fmt.Println(resultHead)
	sizes := []int{50, 200}
	if v := os.Getenv("N"); v != "" {
		n, _ := strconv.Atoi(v)
		sizes = []int{n}
	}
	for _, n := range sizes {
		for _, tr := range []trial{{name: "plain"}, {name: "30 % loss", loss: .3}, {name: "churn", churn: true}, {name: "walls", walls: 300}, {name: "partition", partition: 20 * time.Second}, {name: "cut", partition: 20 * time.Second, cut: true}, {name: "churn+30", churn: true, loss: .3}} {
			if tr.loss == 0 {
				tr.loss = .05
			}
			tr.nodes = n
			t0 := time.Now()
			fmt.Println(tr.run(t), time.Since(t0).Round(time.Millisecond))
		}
	}
}
