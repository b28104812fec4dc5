package store

import (
	"errors"
	"sync"
)

// maxIdle connections are kept open for the next reader.
const maxIdle = 2

// pool has the connections that only read. There are as many as readers at one
// time, so one who reads may read something else meanwhile.
type pool struct {
	open func() (*conn, error)

	mu     sync.Mutex
	idle   []*conn
	closed bool
	lent   sync.WaitGroup
}

// read hands out one state of the database: what others write meanwhile f does
// not see.
func (p *pool) read(f func(*conn) error) error {
	c, err := p.get()
	if err != nil {
		return err
	}
	defer p.lent.Done()
	if err = c.exec("BEGIN"); err == nil {
		err = errors.Join(f(c), c.exec("ROLLBACK")) // nothing was changed
	}
	p.put(c)
	return err
}

func (p *pool) get() (*conn, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	p.lent.Add(1)
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.open()
	if err != nil {
		p.lent.Done()
	}
	return c, err
}

// alone hands out a new connection and closes it.
func (p *pool) alone(f func(*conn) error) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return errClosed
	}
	p.lent.Add(1)
	p.mu.Unlock()
	defer p.lent.Done()
	c, err := p.open()
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.close())
}

func (p *pool) put(c *conn) {
	p.mu.Lock()
	keep := !p.closed && len(p.idle) < maxIdle && c.GetAutocommit()
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
}

// close waits for the readers.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	p.lent.Wait()
	for _, c := range idle {
		c.close()
	}
}
