package punch

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// A server that answers with another kind of address, just before the survey,
// takes away what the others had said: then there is nobody to ask.
func TestSurveyWithoutServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock := quietConn(t)
		defer sock.Close()
		c.cfg.OpenSocket = func(uint16) (udp.Conn, error) { return nil, errBroken }
		c.setHosts(c.cfg.LocalAddrs(), false)
		c.stun.add(time.Now(), ap("203.0.113.1:3478"))
		answer := func(mapped string) {
			c.stun.again(time.Now())
			for _, r := range c.stun.step(time.Now()) {
				c.handleSTUN(wire.STUNResponse(r.id, ap(mapped)), r.to)
			}
		}
		answer("203.0.113.5:4000")
		if c.survey.at.IsZero() {
			t.Fatal("no survey is planned")
		}
		answer("[2001:db8::5]:4000")
		time.Sleep(2 * surveyLater)
		var fx effects
		c.mu.Lock()
		c.dueSurvey(time.Now(), &fx)
		c.mu.Unlock()
		if c.survey.begun || !c.survey.at.IsZero() {
			t.Error("a survey without servers")
		}
		answer("203.0.113.5:4000")
		if c.survey.at.IsZero() {
			t.Error("no survey is planned once a server answers")
		}
	})
}

// What is sent again after a silence goes by the socket the path belongs to.
func TestRepeatGoesByThePathsSocket(t *testing.T) {
	c, sock := quietConn(t)
	defer sock.Close()
	_, keys := probeKeys(t)
	r := c.AddRemote(keys)
	now := time.Now()
	r.agent.best = &path{addr: netip.MustParseAddrPort("203.0.113.9:5000"), sock: 3, valid: true, mtu: true, lastPong: now}
	r.keep(now, []byte("packet"), true)
	var fx effects
	c.mu.Lock()
	r.repeat(now, &fx)
	c.mu.Unlock()
	if len(fx.direct) != 1 || fx.direct[0].sock != 3 || fx.direct[0].remote != r {
		t.Errorf("sent again: %+v", fx.direct)
	}
}
