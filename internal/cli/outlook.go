package cli

import (
	"context"
	"time"

	"gochat/internal/front"
	"gochat/internal/udp"
	"gochat/peer"
)

const (
	// codeNetwork is the code of the notice about what the network allows.
	codeNetwork = "network"
	// outlookFor is how long a NAT is looked at before it is said what it means,
	// outlookEvery how often it is looked whether all is known.
	outlookFor   = 6 * time.Second
	outlookEvery = 250 * time.Millisecond
	// outlook is the Meta key of what was said last.
	outlook = "outlook"
)

// tellOutlook says once what the network means for reaching others: at first, and
// when it is not what it was the last time. Without a server beyond this network
// there is nothing to say.
func (c *client) tellOutlook(ctx context.Context, s *session) {
	if udp.Isolated() {
		s.node.Notify(peer.Notice{Level: peer.Info, Code: codeNetwork, Text: "there is no network: " + front.NoNetwork + "; gochat notices when there is one"})
		return
	}
	select {
	case <-s.registered:
	case <-ctx.Done():
		return
	}
	look, cancel := context.WithTimeout(ctx, outlookFor)
	defer cancel()
	d := c.settledOutlook(look)
	said, err := c.outlookMeta().Meta(outlook)
	if err != nil {
		c.log.Warn("what was told of the network is not known", "error", err)
	}
	means, news := prospectNews(d, string(said))
	if ctx.Err() != nil || !news {
		return
	}
	if err := c.outlookMeta().SetMeta(outlook, []byte(means)); err != nil {
		c.log.Warn("what the network allows is told again at the next start", "error", err)
	}
	s.node.Notify(peer.Notice{Level: peer.Info, Code: codeNetwork, Text: "your network: " + means + " /doctor says more"})
}

// prospectNews is what the network means, and whether it is worth saying: not if
// it was said the last time, nor without a server beyond this network.
func prospectNews(d peer.Diagnosis, said string) (means string, news bool) {
	means, _ = front.Prospect(d)
	return means, len(d.Bootnodes) > 0 && !front.Near(d) && means != said
}

func (c *client) outlookMeta() Meta {
	if c.history.db == nil {
		return &peer.MemoryMeta{}
	}
	return c.history.db
}

// settledOutlook looks until all is known, or ctx ends.
func (c *client) settledOutlook(ctx context.Context) (d peer.Diagnosis) {
	again := time.NewTicker(outlookEvery)
	defer again.Stop()
	for {
		if d = c.diagnose(c.node); len(d.Bootnodes) > 0 && surveyed(d) && d.UDP != peer.Unknown && c.portSettled() {
			return d
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return d
		}
	}
}
