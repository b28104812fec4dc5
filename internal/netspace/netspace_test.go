package netspace

import (
	"net"
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

// Nothing but a working loopback interface.
func TestRun(t *testing.T) {
	Need(t)
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		up := i.Flags&net.FlagUp != 0
		if loop := i.Flags&net.FlagLoopback != 0; loop != up {
			t.Errorf("%s: %v", i.Name, i.Flags)
		}
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.WriteTo([]byte("hello"), c.LocalAddr()); err != nil {
		t.Fatal(err)
	}
}
