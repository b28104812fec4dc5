// Pionice is two members on pion/ice, and the servers they need.
//
//	pionice server IP             STUN and TURN on port 3478, the hub on 4000
//	pionice first|second IP       a member; the second says something
package main

import (
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: pionice server|first|second IP")
	}
	var err error
	switch role, ip := os.Args[1], os.Args[2]; role {
	case "server":
		err = serve(ip)
	case "first", "second":
		err = member(ip, role == "second")
	default:
		err = fmt.Errorf("unknown role %q", role)
	}
	if err != nil {
		log.Fatal(err)
	}
}
