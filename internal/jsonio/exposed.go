package jsonio

import "gochat/peer"

// exposedFields are the answer to exposed.
type exposedFields struct {
	Own       []string              `json:"own"`
	Announced []string              `json:"announced"`
	Bootnodes []exposedBootnode     `json:"bootnodes"`
	Servers   []serverFields        `json:"servers"`
	Members   []exposedMemberFields `json:"members"`
}

type exposedBootnode struct {
	Address   string        `json:"address"`
	Observed  string        `json:"observed,omitempty"`
	Since     string        `json:"since,omitempty"`
	Heartbeat int64         `json:"heartbeat_ms,omitempty"`
	Rooms     []exposedRoom `json:"rooms"`
	Packets   uint64        `json:"packets"`
	Bytes     uint64        `json:"bytes"`
}

type exposedRoom struct {
	Room string `json:"room"`
	Tag  string `json:"tag"`
}

type exposedMemberFields struct {
	Peer     string `json:"peer"`
	Nick     string `json:"nick"`
	Verified bool   `json:"verified"`
	Path     string `json:"path"`
	Knows    bool   `json:"knows"`
	Knew     bool   `json:"knew,omitempty"`
}

func exposed(x peer.Exposure) exposedFields {
	f := exposedFields{
		Own: append([]string{}, x.Own...), Announced: append([]string{}, x.Announced...),
		Bootnodes: []exposedBootnode{}, Servers: []serverFields{}, Members: []exposedMemberFields{},
	}
	for _, b := range x.Bootnodes {
		o := exposedBootnode{Address: b.Address, Observed: b.Observed, Heartbeat: b.Every.Milliseconds(),
			Rooms: []exposedRoom{}, Packets: b.Packets, Bytes: b.Bytes}
		if !b.Since.IsZero() {
			o.Since = timeText(b.Since)
		}
		for _, r := range b.Rooms {
			o.Rooms = append(o.Rooms, exposedRoom{r.Name, r.Tag})
		}
		f.Bootnodes = append(f.Bootnodes, o)
	}
	for _, s := range x.Servers {
		f.Servers = append(f.Servers, serverFields{s.Address, s.Observed, milliseconds(s.RTT)})
	}
	for _, m := range x.Members {
		f.Members = append(f.Members, exposedMemberFields{m.Key.String(), m.Nick, m.Verified, m.Path.String(), m.Knows, m.Knew})
	}
	return f
}
