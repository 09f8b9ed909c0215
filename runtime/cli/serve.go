package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/internal/rayjobs"
	"github.com/goray/goray/runtime/jobs"
)

// servePatience is how long a server may take to answer.
const servePatience = 10 * time.Second

// ServeMain is "goray serve routes|status": it asks a server of deployments, or the Serve of a Ray
// cluster, what it runs. It returns the exit code.
func ServeMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("serve", "routes [--address URL] | status --address http://HEAD:8265",
		"Ask what is served: routes has the routes of a server of deployments (default http://127.0.0.1:8000, a program's or Ray's),\n"+
			"status the applications of a Ray cluster, by its dashboard. Programs that serve are run by goray run.", stdout, stderr)
	address := c.String("address", "", "of the server, or of the dashboard")
	asJSON := c.Bool("json", false, "for programs")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 1) {
		return command.Wrong
	}
	ctx, cancel := context.WithTimeout(context.Background(), servePatience)
	defer cancel()
	var err error
	switch {
	case c.Rest[0] == "routes":
		err = c.routes(ctx, *address, *asJSON)
	case c.Rest[0] != "status":
		return c.Refuse("there is no %q; use routes or status", c.Rest[0])
	case *address == "":
		return c.Refuse("status of which cluster? name its dashboard: --address http://HEAD:8265; a server of this machine tells its routes")
	default:
		err = c.applications(ctx, *address, *asJSON)
	}
	if err != nil {
		return c.Fail(err)
	}
	return command.Done
}

// routes writes what a server answers.
func (c *invocation) routes(ctx context.Context, address string, asJSON bool) error {
	if address == "" {
		address = "http://127.0.0.1:8000"
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/-/routes", nil)
	if err != nil {
		return fmt.Errorf("--address %s: %w; it looks like http://127.0.0.1:8000", address, err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	res, err := client.Do(q)
	if err != nil {
		return fmt.Errorf("no server answers: %w; run a program that calls serve.Run, or name the server with --address", err)
	}
	defer res.Body.Close()
	var routes map[string]string
	if err := json.NewDecoder(io.LimitReader(res.Body, 16<<20)).Decode(&routes); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is no server of deployments (it answered %s); name one with --address", address, res.Status)
	}
	if asJSON {
		return writeJSON(c.Out, routes)
	}
	records := []record{}
	for _, route := range slices.Sorted(maps.Keys(routes)) {
		records = append(records, record{{"route", route}, {"application", routes[route]}})
	}
	return writeTable(c.Out, records, []string{"route", "application"})
}

// applications writes what Serve runs on a Ray cluster.
func (c *invocation) applications(ctx context.Context, address string, asJSON bool) error {
	client, err := rayjobs.Open(address, jobs.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	apps, err := client.Applications(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(c.Out, apps)
	}
	records := []record{}
	for _, name := range slices.Sorted(maps.Keys(apps)) {
		app, _ := apps[name].(map[string]any)
		deployments, _ := app["deployments"].(map[string]any)
		records = append(records, record{{"application", name}, {"status", app["status"]}, {"route", app["route_prefix"]},
			{"deployments", strings.Join(slices.Sorted(maps.Keys(deployments)), " ")}, {"message", app["message"]}})
	}
	return writeTable(c.Out, records, []string{"application", "status", "route", "deployments", "message"})
}
