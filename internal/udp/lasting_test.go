package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// frail is a socket that the test breaks.
type frail struct {
	Conn
	port   uint16
	broken chan error
	closed chan struct{}
}

func (f *frail) ReadBatch([]Packet) (int, error) {
	select {
	case err := <-f.broken:
		return 0, err
	case <-f.closed:
		return 0, net.ErrClosed
	}
}
func (f *frail) LocalAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.IPv4Unspecified(), f.port)
}

// Close may be called twice.
func (f *frail) Close() error {
	select {
	case <-f.closed:
	default:
		close(f.closed)
	}
	return nil
}

// factory opens frail sockets, unless the test forbids it.
type factory struct {
	mu    sync.Mutex
	ports []uint16 // asked for
	made  []*frail
	taken map[uint16]bool
	none  bool
}

func (x *factory) open(port uint16) (Conn, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ports = append(x.ports, port)
	if x.none || x.taken[port] {
		return nil, errors.New("no")
	}
	if port == 0 {
		port = 7000
	}
	f := &frail{port: port, broken: make(chan error, 1), closed: make(chan struct{})}
	x.made = append(x.made, f)
	return f, nil
}

// forbid has no socket opened, or none at the port that is taken.
func (x *factory) forbid(none bool, taken uint16) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.none, x.taken = none, map[uint16]bool{taken: true}
}

// opened are the sockets so far.
func (x *factory) opened() []*frail {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.made)
}

func TestLastingSocketIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &factory{}
		c, err := Lasting(4545, x.open)
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan error, 1)
		go func() {
			for {
				if _, err := c.ReadBatch(nil); !errors.Is(err, os.ErrDeadlineExceeded) {
					read <- err
					return
				}
			}
		}()
		x.opened()[0].broken <- os.ErrDeadlineExceeded // no reason to open another
		synctest.Wait()
		x.opened()[0].broken <- errors.New("the network is gone")
		synctest.Wait()
		if len(x.opened()) != 2 || c.LocalAddr().Port() != 4545 {
			t.Fatalf("sockets %d, at %v", len(x.opened()), c.LocalAddr())
		}
		x.forbid(true, 0)
		x.opened()[1].broken <- errors.New("the network is gone")
		time.Sleep(10 * time.Second)
		x.forbid(false, 4545)
		time.Sleep(reopenMax)
		if len(x.opened()) != 3 || c.LocalAddr().Port() != 7000 {
			t.Fatalf("sockets %d, at %v; asked for %v", len(x.opened()), c.LocalAddr(), x.ports)
		}
		c.Close()
		if err := <-read; !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestLastingSocketGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &factory{}
		c, _ := Lasting(0, x.open)
		gone := errors.New("the network is gone")
		x.forbid(true, 0)
		x.opened()[0].broken <- gone
		began := time.Now()
		if _, err := c.ReadBatch(nil); err != gone {
			t.Errorf("error %v", err)
		}
		if d := time.Since(began); d < reopenFor-reopenMax || d > reopenFor+reopenMax {
			t.Errorf("after %v", d)
		}
	})
}

func TestLastingSocketClosedWhileItIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &factory{}
		c, _ := Lasting(0, x.open)
		x.forbid(true, 0)
		x.opened()[0].broken <- errors.New("the network is gone")
		read := make(chan error, 1)
		go func() {
			_, err := c.ReadBatch(nil)
			read <- err
		}()
		time.Sleep(time.Second)
		c.Close()
		if err := <-read; err == nil {
			t.Error("no error after Close")
		}
	})
}
