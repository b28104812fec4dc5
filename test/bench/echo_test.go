package bench

import (
	"fmt"
	"os"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// echoEnv makes the test binary a plain UDP echo on loopback: what sockets alone
// can do, in a process whose processor time can be told.
const echoEnv = "GOCHAT_BENCH_ECHO"

// echo sends every packet back until it is killed, in batches as a bootnode does.
func echo() {
	c, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(c.LocalAddr())
	ps := make([]udp.Packet, udp.MaxBatch)
	for i := range ps {
		ps[i].Buf = make([]byte, wire.MaxPacket+1)
	}
	for {
		n, err := c.ReadBatch(ps)
		if err != nil {
			return
		}
		_, _ = c.WriteBatch(ps[:n])
	}
}
