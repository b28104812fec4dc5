package portmap

import (
	"bytes"
	"net/netip"
	"net/url"
	"strings"
)

// ssdpMax bounds an answer to a search.
const ssdpMax = 2048

// searches are the M-SEARCH requests (UPnP Device Architecture 1.1 §1.3.2):
// one for each version of the gateway device, as some answer only to their own.
func searches() (out [][]byte) {
	for _, version := range []string{"1", "2"} {
		out = append(out, []byte("M-SEARCH * HTTP/1.1\r\n"+
			"HOST: 239.255.255.250:1900\r\n"+
			"ST: urn:schemas-upnp-org:device:InternetGatewayDevice:"+version+"\r\n"+
			"MAN: \"ssdp:discover\"\r\n"+
			"MX: 1\r\n\r\n"))
	}
	return out
}

// parseSearch returns where an answer says the description of a gateway device
// is. What else answers to a search on a LAN is none of our business.
func parseSearch(p []byte, gateway netip.Addr) (location string, err error) {
	if len(p) > ssdpMax {
		return "", errPacket
	}
	lines := bytes.Split(p, []byte("\n"))
	if !strings.HasPrefix(string(lines[0]), "HTTP/1.") || !strings.Contains(string(lines[0]), " 200") {
		return "", errPacket
	}
	device := false
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimSpace(value)
		switch strings.ToUpper(strings.TrimSpace(name)) {
		case "LOCATION":
			location = value
		case "ST":
			device = strings.HasPrefix(value, "urn:schemas-upnp-org:device:InternetGatewayDevice:")
		}
	}
	if !device || location == "" {
		return "", errPacket
	}
	return atGateway(location, "", gateway)
}

// atGateway resolves an address of a page against a base and returns it if it
// is on the gateway, named by number: a name could be looked up to anywhere.
func atGateway(ref, base string, gateway netip.Addr) (string, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return "", errPacket
	}
	if base != "" {
		b, err := url.Parse(base)
		if err != nil {
			return "", errPacket
		}
		u = b.ResolveReference(u)
	}
	host, err := netip.ParseAddr(u.Hostname())
	if u.Scheme != "http" || u.User != nil || err != nil || host.Unmap() != gateway {
		return "", errPacket
	}
	return u.String(), nil
}
