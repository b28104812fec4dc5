package engine

import (
	"testing"
)

// A hub with another certificate than the pinned one gets no link and is not
// signed in to; nor does one that no authority vouches for, without a pin.
func TestHubMustBeTheOne(t *testing.T) {
	h := hub(t, key(1), key(2), key(3), key(4))
	wrong := below(key(2), h)
	wrong.UplinkPins = []Pin{{1}}
	unpinned := below(key(3), h)
	unpinned.UplinkPins = nil
	a, b := start(t, wrong), start(t, unpinned)
	c := start(t, below(key(4), h))
	meet(t, h, c)
	until(t, "both say why", func() bool {
		return a.logged("level=WARN msg=\"the hub shows another certificate than the pinned one: compare") && b.logged("failed to verify certificate")
	})
	if len(h.now()) != 1 || h.Stats().Refused != 0 {
		t.Errorf("links of the hub: %+v, %d refused", h.now(), h.Stats().Refused)
	}
}

// Who has not the cluster's secret is in no cluster, whichever side dials.
func TestClusterSecret(t *testing.T) {
	a := start(t, Config{Key: key(1), ClusterListen: "127.0.0.1:0", ClusterSecret: secret})
	b := start(t, Config{Key: key(2), ClusterListen: "127.0.0.1:0", ClusterPeers: []string{a.ClusterAddr()}, ClusterSecret: secret})
	other := start(t, Config{Key: key(3), ClusterListen: "127.0.0.1:0", ClusterPeers: []string{a.ClusterAddr()}, ClusterSecret: append([]byte("not "), secret...)})
	meet(t, a, b)
	until(t, "the stranger is told why", func() bool { return other.logged(errStranger.Error()) })
	meet(t, a, b)
	if len(a.now()) != 1 || len(other.now()) != 0 {
		t.Errorf("links: %+v, the stranger's: %+v", a.now(), other.now())
	}
}
