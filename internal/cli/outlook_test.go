package cli

import (
	"strings"
	"testing"

	"gochat/peer"
)

func TestProspectNews(t *testing.T) {
	home := peer.Diagnosis{
		UDP: peer.Yes, Mapping: peer.MappingEndpointIndependent, External: []string{"203.0.113.10:4000"},
		Bootnodes: []peer.BootnodeView{{Address: "203.0.113.1:9595", State: peer.BootnodeRegistered}},
	}
	means, news := prospectNews(home, "")
	if !news || !strings.Contains(means, "direct paths to nearly everybody") {
		t.Errorf("%q, %v", means, news)
	}
	if _, news := prospectNews(home, means); news {
		t.Error("it is said every time")
	}
	hotel := home
	hotel.Mapping = peer.MappingAddressAndPortDependent
	if other, news := prospectNews(hotel, means); !news || other == means {
		t.Errorf("another network is no news: %q", other)
	}
	near := home
	near.External = []string{"192.168.1.2:4000"}
	if _, news := prospectNews(near, ""); news {
		t.Error("of the Internet nothing is known")
	}
	if _, news := prospectNews(peer.Diagnosis{}, ""); news {
		t.Error("no server was asked")
	}
}
