package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/cli"
)

// TestServe asks servers that answer as a program's and as a Ray cluster's dashboard do.
func TestServe(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/-/routes":
			fmt.Fprint(w, `{"/tip": "tip", "/b": "app"}`)
		case "/api/serve/applications/":
			fmt.Fprint(w, `{"applications": {"tip": {"status": "RUNNING", "route_prefix": "/tip", "message": "", "deployments": {"Tip": {}, "Log": {}}}}}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		args     []string
		code     int
		out, err string
	}{
		{[]string{"routes", "--address", server.URL}, 0, "ROUTE  APPLICATION\n/b     app\n/tip   tip\n", ""},
		{[]string{"status", "--address", server.URL, "--json"}, 0, `"status": "RUNNING"`, ""},
		{[]string{"status", "--address", server.URL}, 0, "tip          RUNNING  /tip   Log Tip\n", ""},
		{[]string{"routes", "--address", server.URL + "/x"}, 1, "", "no server of deployments"},
		{[]string{"routes", "--address", "http://127.0.0.1:1"}, 1, "", "serve.Run"},
		{[]string{"status"}, 2, "", "http://HEAD:8265"},
		{[]string{"dance"}, 2, "", "routes or status"},
		{nil, 2, "", "usage: goray serve"},
	} {
		var out, errs strings.Builder
		code := cli.ServeMain(c.args, &out, &errs)
		if code != c.code || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
			t.Errorf("%v: %d\n%s%s", c.args, code, out.String(), errs.String())
		}
	}
}
