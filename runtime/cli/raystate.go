package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/rayjobs"
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/ray"
)

// A Ray cluster is asked through its dashboard: what it lists has Ray's own names and ids, so that what
// is read about Ray is true of it.

// rayPatience is how long a dashboard may take to answer.
const rayPatience = 30 * time.Second

// rayMost is the most that Ray lists.
const rayMost = 10000

// isDashboard tells addresses of Ray's dashboards from others.
func isDashboard(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// rayKind is something that Ray's dashboard lists.
type rayKind struct {
	path    string   // of the REST API
	ids     []string // the fields that name one
	columns []string // of the short table
}

var rayKinds = map[string]rayKind{
	"actors":           {"actors", []string{"actor_id", "name"}, []string{"actor_id", "class_name", "state", "job_id", "name", "node_id", "pid", "ray_namespace"}},
	"jobs":             {"jobs", []string{"submission_id", "job_id"}, []string{"job_id", "submission_id", "entrypoint", "type", "status", "message"}},
	"nodes":            {"nodes", []string{"node_id"}, []string{"node_id", "node_ip", "is_head_node", "state", "resources_total", "labels"}},
	"objects":          {"objects", []string{"object_id"}, []string{"object_id", "object_size", "task_status", "reference_type", "call_site", "type", "pid", "ip"}},
	"placement-groups": {"placement_groups", []string{"placement_group_id", "name"}, []string{"placement_group_id", "name", "creator_job_id", "state"}},
	"runtime-envs":     {"runtime_envs", []string{"node_id"}, []string{"runtime_env", "ref_cnt", "success", "creation_time_ms", "node_id"}},
	"tasks":            {"tasks", []string{"task_id"}, []string{"task_id", "attempt_number", "name", "state", "job_id", "type", "node_id", "worker_pid", "error_type"}},
	"workers":          {"workers", []string{"worker_id", "pid"}, []string{"worker_id", "is_alive", "worker_type", "exit_type", "node_id", "ip", "pid"}},
}

// dashboard is a Ray cluster's, for one command.
type dashboard struct {
	*rayjobs.Client
	ctx     context.Context
	address string
}

// openDashboard connects; leave ends that.
func openDashboard(address string) (d *dashboard, leave func(), err error) {
	c, err := rayjobs.Open(address, jobs.Options{})
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), rayPatience)
	return &dashboard{c, ctx, address}, func() { cancel(); c.Close() }, nil
}

// source opens what a command asks: a dashboard, or (nil) a session that ray's functions are asked of.
func source(address string) (d *dashboard, leave func(), err error) {
	if isDashboard(address) {
		return openDashboard(address)
	}
	leave, err = join(address)
	return nil, leave, err
}

// rayRecord is a row with the columns in front.
func rayRecord(row map[string]any, columns []string) (r record) {
	for _, key := range columns {
		if v, ok := row[key]; ok {
			r = append(r, field{key, v})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(row)) {
		if !slices.Contains(columns, key) {
			r = append(r, field{key, row[key]})
		}
	}
	return r
}

func (d *dashboard) kind(name string) (rayKind, error) {
	k, ok := rayKinds[name]
	if !ok {
		return k, fmt.Errorf("Ray's dashboard does not list %s; use one of %s", name, strings.Join(slices.Sorted(maps.Keys(rayKinds)), ", "))
	}
	return k, nil
}

// list returns what Ray lists of a kind, and how many there are.
func (d *dashboard) list(name string, o choice, detail bool) ([]record, int, error) {
	k, err := d.kind(name)
	if err != nil {
		return nil, 0, err
	}
	q := rayjobs.Query{Limit: o.limit, Detail: detail || name == "nodes"}
	if q.Limit == 0 || q.Limit > rayMost {
		q.Limit = rayMost
	}
	for _, c := range o.raw {
		q.Filters = append(q.Filters, rayjobs.Filter{Key: c.key, Predicate: strings.TrimPrefix(c.op, "=") + "=", Value: c.value})
	}
	rows, err := d.State(d.ctx, k.path, q)
	if err != nil {
		return nil, 0, err
	}
	records := []record{}
	for _, row := range rows.Rows {
		records = append(records, rayRecord(row, k.columns))
	}
	return records, rows.Total, nil
}

// get returns one of a kind.
func (d *dashboard) get(name, id string) (record, error) {
	k, err := d.kind(name)
	if err != nil {
		return nil, err
	}
	for _, key := range k.ids {
		if strings.HasSuffix(key, "_id") && name != "jobs" && !isRayID(id) { // Ray refuses to look for it
			continue
		}
		q := rayjobs.Query{Limit: rayMost, Detail: true}
		if name != "jobs" { // whose ids are not what Ray filters by
			q.Filters = []rayjobs.Filter{{Key: key, Predicate: "=", Value: id}}
		}
		rows, err := d.State(d.ctx, k.path, q)
		if err != nil {
			return nil, err
		}
		for _, row := range slices.Backward(rows.Rows) { // the last attempt
			if text := cellText(row[key]); strings.EqualFold(text, id) {
				return rayRecord(row, k.columns), nil
			}
		}
	}
	return nil, fmt.Errorf("there is no %s %s, or Ray has forgotten it; see goray list %s --address %s", strings.TrimSuffix(name, "s"), id, name, d.address)
}

// isRayID tells Ray's ids from names and pids.
func isRayID(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) >= 32
}

// sum counts tasks, actors or objects.
func (d *dashboard) sum(what string) (records []record, columns []string, err error) {
	by := map[string][2]string{"tasks": {"name", "state"}, "actors": {"class_name", "state"}, "objects": {"call_site", "reference_type"}}[what]
	rows, err := d.State(d.ctx, what, rayjobs.Query{Limit: rayMost, Detail: what == "objects"})
	if err != nil {
		return nil, nil, err
	}
	type group struct {
		states map[string]int
		total  int
		bytes  float64
	}
	groups := map[string]*group{}
	for _, row := range rows.Rows {
		name := cellText(row[by[0]])
		g := groups[name]
		if g == nil {
			g = &group{states: map[string]int{}}
			groups[name] = g
		}
		g.states[cellText(row[by[1]])]++
		g.total++
		if size, ok := row["object_size"].(float64); ok {
			g.bytes += size
		}
	}
	columns = []string{by[0], "states", "total"}
	if what == "objects" {
		columns = []string{by[0], "reference_types", "total", "bytes"}
	}
	records = []record{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := groups[name]
		r := record{{columns[0], name}, {columns[1], g.states}, {columns[2], g.total}}
		if what == "objects" {
			r = append(r, field{columns[3], int64(g.bytes)})
		}
		records = append(records, r)
	}
	return records, columns, nil
}

// status is what "goray status" tells of a Ray cluster.
func (d *dashboard) status() (*status, error) {
	s := &status{Nodes: []nodeStatus{}, Resources: map[string]use{}, Demands: []demand{}, Failures: []ray.Event{}, Tasks: map[string]int{}, Dashboard: d.address}
	nodes, err := d.Nodes(d.ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		state := "DEAD"
		if n.Alive {
			state = "ALIVE"
		}
		s.Nodes = append(s.Nodes, nodeStatus{n.ID, state, wire.Amounts(n.Resources), n.Labels})
	}
	load, err := d.Load(d.ctx)
	if err != nil {
		return nil, err
	}
	for name, u := range load.Usage {
		if name == "objectStoreMemory" { // the dashboard writes its own names in that way
			name = core.Store
		}
		if !wire.IsPin(name) {
			s.Resources[name] = use{u[0], u[1]}
		}
	}
	for _, r := range load.Demands {
		s.Demands = append(s.Demands, s.demand(core.Demand{Kind: "tasks or actors", Count: r.Count, Resources: r.Bundles}))
	}
	for _, g := range load.Groups {
		s.Demands = append(s.Demands, s.demand(core.Demand{Kind: "placement group", Strategy: g.Strategy, Count: g.Count, Resources: g.Bundles}))
	}
	for i := range s.Demands {
		s.Demands[i].foreign = true
	}
	tasks, err := d.State(d.ctx, "tasks", rayjobs.Query{Limit: rayMost})
	if err != nil {
		return nil, err
	}
	for _, row := range tasks.Rows {
		s.Tasks[cellText(row["state"])]++
	}
	return s, nil
}
