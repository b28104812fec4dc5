package wsconn

import (
	"context"
	"net/netip"

	"github.com/coder/websocket"
)

// Dialer makes connections. In a browser, which has its own proxy settings.
type Dialer struct{ Limits Limits }

// Dial connects to a URL of scheme ws or wss.
func (d *Dialer) Dial(ctx context.Context, rawURL string) (*Conn, error) {
	ws, _, err := websocket.Dial(ctx, rawURL, nil)
	if err != nil {
		return nil, err
	}
	return newConn(ws, d.Limits, netip.AddrPort{}), nil
}
