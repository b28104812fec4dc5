// Package wsconn carries packets over WebSocket (RFC 6455), one in each binary
// message, for networks that let no UDP through: a Server accepts connections,
// a Dialer makes them, through a proxy where one is set, and a Conn is one of
// either end.
//
// A Conn loses packets as UDP does rather than hold them up: what does not fit
// into its queue pushes the oldest out. Nothing here knows what is in a packet.
package wsconn
