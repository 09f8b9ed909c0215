package ray_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// TestDashboardOffLoopback asks a dashboard that other machines can reach, with and without the token.
func TestDashboardOffLoopback(t *testing.T) {
	const token = "a token of the test"
	t.Setenv("GORAY_AUTH_TOKEN", token)
	c := start(t, ray.Config{NumCPUs: 1, DashboardHost: "0.0.0.0"})
	if strings.Contains(c.String(), token) {
		t.Error("the token is shown:", c)
	}
	at := "http://127.0.0.1" + c.DashboardURL[strings.LastIndexByte(c.DashboardURL, ':'):]
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/", "/api/v0/tasks", "/metrics"} {
		for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer " + token: 200} {
			r, err := http.NewRequest("GET", at+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", header)
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s with %q: %d, want %d", path, header, res.StatusCode, want)
			}
		}
	}
}
