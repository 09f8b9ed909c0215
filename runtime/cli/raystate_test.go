package cli_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/cli"
)

// rayDashboard answers as a dashboard of Ray 2.60 did: testdata/ray holds its answers.
func rayDashboard(t *testing.T) (address string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := os.ReadFile(filepath.Join("testdata", "ray", filepath.Base(r.URL.Path)+".json"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// The commands about a session ask the dashboard of a Ray cluster, too.
func TestRayClusterFromItsDashboard(t *testing.T) {
	address := rayDashboard(t)
	for _, c := range []struct {
		main func(args []string, out, err *bytes.Buffer) int
		args string
		want []string
	}{
		{list, "tasks", []string{"TASK_ID", "PENDING_NODE_ASSIGNMENT", "quick", "03000000"}},
		{list, "actors --format json", []string{`"class_name": "A"`, `"name": "anna"`}},
		{list, "node --detail", []string{"is_head_node: true", "node_ip: \"127.0.0.1\""}},
		{get, "actor anna", []string{"state: ALIVE", "pid: "}},
		{summary, "tasks", []string{"quick", `{"FINISHED":3}`, `{"PENDING_NODE_ASSIGNMENT":1}`}},
		{status, "", []string{"3 of 4 CPU", "1 pending {CPU: 1, GPU: 3} (tasks or actors): no node that is there could ever run it\n", "1 pending {CPU: 3} (tasks or actors)\n", "STRICT_PACK", "object_store_memory 2.8 GiB"}},
	} {
		var out, err bytes.Buffer
		if code := c.main(append(strings.Fields(c.args), "--address", address), &out, &err); code != 0 {
			t.Errorf("%s: exit code %d: %s", c.args, code, err.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is missing:\n%s", want, out.String())
			}
		}
	}
	for _, c := range []struct {
		main func(args []string, out, err *bytes.Buffer) int
		args string
		want string
	}{
		{list, "cluster-events", "does not list cluster-events"},
		{get, "task unknown", "there is no task unknown"},
		{memory, "", "this command asks a head of goray"},
	} {
		var out, err bytes.Buffer
		if code := c.main(append(strings.Fields(c.args), "--address", address), &out, &err); code != 1 || !strings.Contains(err.String(), c.want) {
			t.Errorf("%s: exit code %d: %s", c.args, code, err.String())
		}
	}
}

func list(args []string, out, err *bytes.Buffer) int    { return cli.ListMain(args, out, err) }
func get(args []string, out, err *bytes.Buffer) int     { return cli.GetMain(args, out, err) }
func summary(args []string, out, err *bytes.Buffer) int { return cli.SummaryMain(args, out, err) }
func status(args []string, out, err *bytes.Buffer) int  { return cli.StatusMain(args, out, err) }
func memory(args []string, out, err *bytes.Buffer) int  { return cli.MemoryMain(args, out, err) }
