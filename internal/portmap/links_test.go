package portmap

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// The web client speaks to the gateway alone, follows nothing and reads little.
func TestFetch(t *testing.T) {
	host := netip.MustParseAddr("127.0.0.1")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://127.0.0.2/", http.StatusFound)
		case "/long":
			w.Write(make([]byte, 4*maxBody))
		case "/call":
			w.Write([]byte(r.Method + " " + strings.Join(r.Header["Soapaction"], "")))
		}
	}))
	defer srv.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.3:1")
	client := newHTTP(host)
	ask := func(r Request) (int, string) {
		status, body := fetch(context.Background(), client, r)
		return status, string(body)
	}
	if status, _ := ask(Request{URL: srv.URL + "/away"}); status != http.StatusFound {
		t.Errorf("a redirect: status %d", status)
	}
	if _, body := ask(Request{URL: srv.URL + "/long"}); len(body) != maxBody {
		t.Errorf("a long page: %d bytes", len(body))
	}
	if _, body := ask(Request{URL: srv.URL + "/call", Header: `"x#y"`, Body: []byte("<a/>")}); body != `POST "x#y"` {
		t.Errorf("a call arrives as %q", body)
	}
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, elsewhere := range []string{"http://127.0.0.2:" + u.Port() + "/call", "http://localhost:" + u.Port() + "/call"} {
		if status, _ := ask(Request{URL: elsewhere}); status != 0 {
			t.Errorf("%s: status %d", elsewhere, status)
		}
	}
}
