package cli

import (
	"context"
	"maps"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gochat/bootnode"
	"gochat/internal/wire"
	"gochat/internal/wsconn"
	"gochat/peer"
)

// An examination ends as soon as nothing is waited for, and in any case in time.
func TestWatchDiagnosis(t *testing.T) {
	up := peer.BootnodeView{State: peer.BootnodeRegistered, RTT: time.Millisecond}
	server := peer.ServerView{Observed: "203.0.113.1:1"}
	for _, tc := range []struct {
		d    peer.Diagnosis
		took time.Duration
	}{
		{peer.Diagnosis{}, doctorLeast},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{up}, Servers: []peer.ServerView{server}, UDP: peer.Yes, Mapping: peer.MappingNone}, doctorLeast},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{up}, Servers: []peer.ServerView{server}, UDP: peer.Yes, Mapping: peer.MappingEndpointIndependent}, surveyFor},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{up}, Servers: []peer.ServerView{{}}}, doctorFor},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{{}}}, doctorFor},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{up}}, doctorFor},
		{peer.Diagnosis{Bootnodes: []peer.BootnodeView{up}, Disclose: peer.ToNobody}, doctorLeast},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), doctorFor)
			defer cancel()
			began := time.Now()
			watchDiagnosis(ctx, func() peer.Diagnosis { return tc.d }, func() bool { return true }, func() bool { return true })
			if took := time.Since(began); took != tc.took {
				t.Errorf("%+v: %v, want %v", tc.d, took, tc.took)
			}
		})
	}
}

// A URL without a path means the bootnode's own, as it does for members.
func TestLookAtStreams(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	server := &wsconn.Server{
		Path: bootnode.StreamPath, Limits: wsconn.Limits{Packet: wire.MaxPacket}, Total: 9, PerSite: 9,
		Handle: func(ctx context.Context, c *wsconn.Conn) { _ = c.Run(ctx, func([]byte) {}) },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	at := l.Addr().String()
	want := map[string]peer.TCPAnswer{"ws://" + at: peer.TCPWorks, at: peer.TCPWorks, "ws://" + at + "/other": peer.TCPForeign}
	s := lookAtStreams(ctx, slices.Collect(maps.Keys(want)), func(string) string { return "" })
	<-s.done
	list := []peer.BootnodeView{}
	for address := range want {
		list = append(list, peer.BootnodeView{Address: address})
	}
	s.fill(list)
	for _, b := range list {
		if b.TCP != want[b.Address] || (b.TCPWhat != "") != (b.TCP != peer.TCPWorks) {
			t.Errorf("found %+v, want %v", b, want[b.Address])
		}
	}
	up := []peer.BootnodeView{{Address: "ws://" + at + "/other", TCP: peer.TCPWorks}}
	if s.fill(up); up[0].TCP != peer.TCPWorks || up[0].TCPWhat != "" {
		t.Errorf("registered over TCP: %+v", up[0])
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
