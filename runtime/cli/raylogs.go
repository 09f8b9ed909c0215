package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/runtime/internal/rayjobs"
	"github.com/goray/goray/runtime/jobs"
)

// rayLogs is "goray logs" of a Ray cluster: the logs are files on its nodes, which the dashboard reads.
func (c *invocation) rayLogs(address string, q rayjobs.LogQuery) int {
	d, leave, err := openDashboard(address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	ctx := d.ctx
	if q.Follow {
		var stop func()
		ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
	}
	kind, name := "", c.Rest[0]
	if len(c.Rest) > 1 {
		kind, name = strings.TrimSuffix(c.Rest[0], "s"), c.Rest[1]
	}
	if len(c.Rest) == 3 {
		if kind != "node" {
			return c.Refuse("%q: only a node has files: node ID FILE", c.Rest[2])
		}
		q.Node, q.File = name, c.Rest[2]
		return c.failed(d.Log(ctx, q, c.Out))
	}
	if kind == "" {
		if kind, err = d.kindOf(name); err != nil {
			return c.Fail(err)
		}
	}
	switch kind {
	case "job":
		if q.Stderr {
			return c.Refuse("--err: a job's stdout and stderr are one stream; leave it out")
		}
		if q.Follow {
			return c.failed(d.Tail(ctx, name, c.Out))
		}
		text, err := d.Logs(ctx, name)
		fmt.Fprint(c.Out, lastLines(text, q.Lines))
		return c.failed(err)
	case "node":
		files, err := d.LogFiles(ctx, name)
		for _, component := range slices.Sorted(maps.Keys(files)) {
			for _, file := range files[component] {
				fmt.Fprintf(c.Out, "%-20s %s\n", component, file)
			}
		}
		return c.failed(err)
	case "actor":
		r, err := d.get("actors", name)
		if err != nil {
			return c.Fail(err)
		}
		q.Actor = cellText(r.get("actor_id"))
	case "task":
		q.Task = name
	case "worker":
		r, err := d.get("workers", name)
		if err != nil {
			return c.Fail(err)
		}
		q.Node = cellText(r.get("node_id"))
		if q.PID, err = strconv.Atoi(cellText(r.get("pid"))); err != nil {
			return c.Fail(fmt.Errorf("the worker's pid: %w", err))
		}
	default:
		return c.Refuse("there is no kind %q; use actor, task, job, worker or node", c.Rest[0])
	}
	return c.failed(d.Log(ctx, q, c.Out))
}

// failed is fail where there may be nothing to complain about.
func (c *invocation) failed(err error) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	return c.Fail(err)
}

// kindOf finds what a name means: Ray's ids tell by their length, pids and names by what there is.
func (d *dashboard) kindOf(name string) (string, error) {
	switch len(name) {
	case 32:
		return "actor", nil
	case 48:
		return "task", nil
	case 56:
		if _, err := d.get("nodes", name); err == nil {
			return "node", nil
		}
		return "worker", nil
	}
	if _, err := d.Info(d.ctx, name); err == nil {
		return "job", nil
	} else if !errors.Is(err, jobs.ErrNotFound) {
		return "", err
	}
	if _, err := d.get("actors", name); err == nil {
		return "actor", nil
	}
	if _, err := strconv.Atoi(name); err == nil {
		return "worker", nil
	}
	return "", fmt.Errorf("nothing is known of %s; see goray list tasks, actors, workers, nodes and jobs --address %s", name, d.address)
}
