package portmap

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Bounds of what a router's web server may make us read.
const (
	maxBody  = 128 << 10
	maxDepth = 32
	maxText  = 512
)

// connections are the services that map ports, the preferred first.
var connections = []string{
	"urn:schemas-upnp-org:service:WANIPConnection:2",
	"urn:schemas-upnp-org:service:WANIPConnection:1",
	"urn:schemas-upnp-org:service:WANPPPConnection:1",
}

// service is one of them on a router.
type service struct{ kind, control string }

// parseDescription finds the services in a device description (UPnP Device
// Architecture §2.3), at most maxService of them.
func parseDescription(body []byte, location string, gateway netip.Addr) (list []service, err error) {
	base := location
	var s service
	err = leaves(body, func(name, text string) {
		switch name {
		case "URLBase":
			if u, err := atGateway(text, "", gateway); err == nil {
				base = u
			}
		case "serviceType":
			s = service{kind: text}
		case "controlURL":
			s.control = text
			if slices.Contains(connections, s.kind) && len(list) < maxService {
				list = append(list, s)
			}
			s = service{}
		}
	})
	if err != nil {
		return nil, err
	}
	known := list[:0]
	for _, s := range list {
		if s.control, err = atGateway(s.control, base, gateway); err == nil {
			known = append(known, s)
		}
	}
	slices.SortStableFunc(known, func(a, b service) int {
		return slices.Index(connections, a.kind) - slices.Index(connections, b.kind)
	})
	return known, nil
}

// soapRequest is a call's header and body (§3.2.1). Names and values are our
// own: nothing in them needs escaping.
func soapRequest(kind, call string, args ...string) (header string, body []byte) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?>` + "\r\n" +
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">` +
		`<s:Body><u:` + call + ` xmlns:u="` + kind + `">`)
	for i := 0; i+1 < len(args); i += 2 {
		b.WriteString("<" + args[i] + ">" + args[i+1] + "</" + args[i] + ">")
	}
	b.WriteString("</u:" + call + "></s:Body></s:Envelope>\r\n")
	return `"` + kind + "#" + call + `"`, []byte(b.String())
}

// Error codes of the services.
const (
	faultConflict  = 718 // somebody else has that outside port
	faultPermanent = 725 // only mappings without end
	faultAbsent    = 714 // nothing to remove
)

// soapResponse is what we read of an answer.
type soapResponse struct {
	address netip.Addr // GetExternalIPAddress; invalid: none told
	fault   int        // 0: none
}

func parseSOAP(body []byte) (r soapResponse, err error) {
	err = leaves(body, func(name, text string) {
		switch name {
		case "NewExternalIPAddress":
			r.address, _ = netip.ParseAddr(text)
		case "errorCode":
			if r.fault, _ = strconv.Atoi(text); r.fault == 0 {
				r.fault = -1
			}
		}
	})
	return r, err
}

// leaves calls f with each element that holds text alone. Entities of the
// document's own, the danger of XML, are an error to this decoder; depth and
// length are bounded.
func leaves(body []byte, f func(name, text string)) error {
	if len(body) > maxBody {
		return errPacket
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // what we read is ASCII
	depth, name := 0, ""
	var text []byte
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errPacket
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errPacket
			}
			name, text = t.Name.Local, text[:0]
		case xml.CharData:
			if len(text)+len(t) <= maxText {
				text = append(text, t...)
			}
		case xml.EndElement:
			if name == t.Name.Local {
				f(name, strings.TrimSpace(string(text)))
			}
			depth, name = depth-1, ""
		}
	}
}
