package dashboard_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/dashboard"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPageAndEndpoints(t *testing.T) {
	state := core.State{
		Cluster: core.ClusterState{DriverPID: 42, Total: core.Resources{core.CPU: 2}},
		Tasks:   []core.TaskState{{ID: 7, Name: "<b>square</b>", State: "RUNNING"}},
	}
	output := func(id core.ID, pid int) ([]core.OutputLine, bool) {
		return []core.OutputLine{{PID: 42, Text: "hello"}}, pid == 42 || id == 7
	}
	d, err := dashboard.Start(0, func() core.State { return state }, output)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path, host string) (int, string) {
		t.Helper()
		r, err := http.NewRequest("GET", d.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	if code, body := get("/", ""); code != 200 || !strings.Contains(body, "<title>goray</title>") || strings.Contains(body, "https://") {
		t.Errorf("%d: %s", code, body)
	}
	for path, want := range map[string]string{
		"/api/cluster": `"DriverPID":42`, "/api/tasks": `"ID":"0000000000000007"`, "/api/actors": "[]", "/api/objects": "[]",
		"/api/workers": "[]", "/api/groups": "[]", "/api/logs?pid=42": `"Text":"hello"`, "/api/logs?id=0000000000000007": "hello",
	} {
		code, body := get(path, "")
		if code != 200 || !strings.Contains(body, want) || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	for path, want := range map[string]int{"/api/logs": http.StatusBadRequest, "/api/logs?pid=1": http.StatusNotFound} {
		if code, body := get(path, ""); code != want {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if code, _ := get("/api/tasks", "evil.example"); code != http.StatusForbidden {
		t.Errorf("a foreign host: %d", code)
	}
	if code, _ := get("/nothing", ""); code != http.StatusNotFound {
		t.Errorf("/nothing: %d", code)
	}
}

func TestBusyPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = dashboard.Start(l.Addr().(*net.TCPAddr).Port, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "choose another") {
		t.Error(err)
	}
	first, err := dashboard.Start(0, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := dashboard.Start(0, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if first.URL == second.URL {
		t.Error("both at", first.URL)
	}
}
