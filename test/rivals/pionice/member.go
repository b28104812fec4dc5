package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

func member(ip string, speaks bool) error {
	hub, err := net.Dial("tcp4", net.JoinHostPort(ip, hubPort))
	if err != nil {
		return err
	}
	agent, err := newAgent(ip)
	if err != nil {
		return err
	}
	if err := agent.OnSelectedCandidatePairChange(func(local, remote ice.Candidate) {
		path := "direct"
		if local.Type() == ice.CandidateTypeRelay || remote.Type() == ice.CandidateTypeRelay {
			path = "relay"
		}
		fmt.Println("path", path)
	}); err != nil {
		return err
	}
	ufrag, pwd, err := agent.GetLocalUserCredentials()
	if err != nil {
		return err
	}
	fmt.Fprintln(hub, "auth", ufrag, pwd)
	if err := agent.OnCandidate(func(c ice.Candidate) {
		if c != nil {
			fmt.Fprintln(hub, "cand", c.Marshal())
			return
		}
		fmt.Println("registered") // all candidates are known
	}); err != nil {
		return err
	}
	if err := agent.GatherCandidates(); err != nil {
		return err
	}
	return listen(hub, agent, speaks)
}

func newAgent(ip string) (*ice.Agent, error) {
	var urls []*stun.URI
	for _, s := range []string{"stun:" + ip + ":" + turnPort, "turn:" + ip + ":" + turnPort, "turn:" + ip + ":" + turnPort + "?transport=tcp"} {
		u, err := stun.ParseURI(s)
		if err != nil {
			return nil, err
		}
		if u.Scheme == stun.SchemeTypeTURN {
			u.Username, u.Password = user, password
		}
		urls = append(urls, u)
	}
	return ice.NewAgentWithOptions(ice.WithUrls(urls), ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4}),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled))
}

// listen takes what the other says through the hub, and connects once its
// credentials are known.
func listen(hub net.Conn, agent *ice.Agent, speaks bool) error {
	for in := bufio.NewScanner(hub); in.Scan(); {
		kind, rest, _ := strings.Cut(in.Text(), " ")
		switch kind {
		case "auth":
			ufrag, pwd, _ := strings.Cut(rest, " ")
			go talk(agent, ufrag, pwd, speaks)
		case "cand":
			c, err := ice.UnmarshalCandidate(rest)
			if err == nil {
				err = agent.AddRemoteCandidate(c)
			}
			if err != nil {
				return err
			}
		}
	}
	select {} // the hub is not needed any more
}

// talk connects; the second speaks, again and again since UDP may lose it.
func talk(agent *ice.Agent, ufrag, pwd string, speaks bool) {
	connect := agent.Accept
	if speaks {
		connect = agent.Dial
	}
	conn, err := connect(context.Background(), ufrag, pwd)
	if err != nil {
		fmt.Println("failed:", err)
		return
	}
	if speaks {
		for range 100 {
			_, _ = conn.Write([]byte("hello"))
			time.Sleep(20 * time.Millisecond)
		}
		return
	}
	if _, err := conn.Read(make([]byte, 100)); err == nil {
		fmt.Println("message")
	}
}
