package cli

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/ray"
)

// kind is something that "goray list" and "goray get" know.
type kind struct {
	name    string   // "tasks"
	id      string   // the field that names one
	columns []string // of the short table
	// list returns what the options choose, and how many fit the filters.
	list func(o choice) (records []record, total int, err error)
}

// choice is what the flags of "goray list" choose.
type choice struct {
	filters []ray.ListOption
	raw     []condition
	limit   int
}

type condition struct{ key, op, value string }

// kinds are in Ray's order.
var kinds = []kind{
	{"actors", "actor_id", []string{"actor_id", "class_name", "state", "name", "node_id", "pid", "restarts", "death_cause"}, lister(ray.ListActors, map[string]string{"ID": "actor_id", "Class": "class_name", "Namespace": "ray_namespace"})},
	{"cluster-events", "serial", []string{"time", "severity", "event_type", "id", "message"}, lister(ray.ListEvents, map[string]string{"Type": "event_type"})},
	{"jobs", "submission_id", []string{"job_id", "submission_id", "type", "status", "entrypoint", "start_time", "end_time", "driver_exit_code"}, listJobs},
	{"nodes", "node_id", []string{"node_id", "node_ip", "state", "resources", "labels"}, listNodes},
	{"objects", "object_id", []string{"object_id", "type", "state", "size", "references", "nodes", "call_site", "maker"}, lister(ray.ListObjects, map[string]string{"ID": "object_id", "Kind": "type", "Site": "call_site"})},
	{"placement-groups", "placement_group_id", []string{"placement_group_id", "name", "state", "strategy", "nodes", "waiting"}, lister(ray.ListPlacementGroups, map[string]string{"ID": "placement_group_id"})},
	{"runtime-envs", "runtime_env", []string{"runtime_env", "jobs", "running"}, listEnvironments},
	{"tasks", "task_id", []string{"task_id", "name", "state", "attempt_number", "node_id", "worker_pid", "duration", "error_type", "error_message"}, lister(ray.ListTasks, map[string]string{"ID": "task_id", "Kind": "type", "Attempt": "attempt_number", "ParentID": "parent_task_id"})},
	{"workers", "pid", []string{"pid", "node_id", "state", "running"}, lister(ray.ListWorkers, nil)},
}

func kindNames() string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// findKind also takes the singular.
func findKind(name string) *kind {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for i := range kinds {
		if k := &kinds[i]; k.name == name || strings.TrimSuffix(k.name, "s") == name {
			return k
		}
	}
	return nil
}

// lister lists by one of package ray's functions, whose list has Items and a Total.
func lister[L any](list func(...ray.ListOption) (L, error), renamed map[string]string) func(choice) ([]record, int, error) {
	return func(o choice) ([]record, int, error) {
		l, err := list(append(slices.Clone(o.filters), ray.Limit(o.limit))...)
		if err != nil {
			return nil, 0, err
		}
		s := reflect.ValueOf(l).Elem()
		items := s.FieldByName("Items")
		records := []record{}
		for i := range items.Len() {
			records = append(records, recordOf(items.Index(i).Interface(), renamed))
		}
		return records, int(s.FieldByName("Total").Int()), nil
	}
}

func listNodes(o choice) ([]record, int, error) {
	records, total, err := lister(ray.ListNodes, map[string]string{"ID": "node_id", "IP": "node_ip"})(o)
	for i, r := range records {
		state := "DEAD"
		if r.get("alive") == true {
			state = "ALIVE"
		}
		at := slices.IndexFunc(r, func(f field) bool { return f.key == "alive" })
		r[at] = field{"state", state}
		records[i] = r
	}
	return records, total, err
}

func allJobs() ([]jobs.Info, error) {
	c, err := jobs.NewClient("auto")
	if err != nil {
		return nil, err
	}
	return c.List()
}

func listJobs(o choice) ([]record, int, error) {
	list, err := allJobs()
	if err != nil {
		return nil, 0, err
	}
	var records []record
	for _, i := range list {
		records = append(records, recordOf(i, nil))
	}
	return o.choose(records)
}

// listEnvironments lists the runtime environments of jobs.
func listEnvironments(o choice) ([]record, int, error) {
	list, err := allJobs()
	if err != nil {
		return nil, 0, err
	}
	type count struct{ jobs, running int }
	counts := map[string]*count{}
	var order []string
	texts := map[string]map[string]any{}
	for _, i := range list {
		if len(i.RuntimeEnv) == 0 {
			continue
		}
		i = i.Redacted()
		text := cellText(i.RuntimeEnv)
		if counts[text] == nil {
			counts[text], texts[text] = &count{}, i.RuntimeEnv
			order = append(order, text)
		}
		counts[text].jobs++
		if !i.Status.Final() {
			counts[text].running++
		}
	}
	var records []record
	for _, text := range order {
		records = append(records, record{{"runtime_env", texts[text]}, {"jobs", counts[text].jobs}, {"running", counts[text].running}})
	}
	return o.choose(records)
}

// choose applies filters and limit to records.
func (o choice) choose(records []record) (chosen []record, total int, err error) {
	chosen = []record{}
	for _, r := range records {
		keep := true
		for _, c := range o.raw {
			if !slices.ContainsFunc(r, func(f field) bool { return f.key == strings.ToLower(c.key) }) {
				var keys []string
				for _, f := range r {
					keys = append(keys, f.key)
				}
				return nil, 0, fmt.Errorf("no field %q; use one of %s", c.key, strings.Join(keys, ", "))
			}
			if strings.EqualFold(fmt.Sprint(r.get(strings.ToLower(c.key))), c.value) != (c.op != "!=") {
				keep = false
			}
		}
		if !keep {
			continue
		}
		if total++; o.limit == 0 || len(chosen) < o.limit {
			chosen = append(chosen, r)
		}
	}
	return chosen, total, nil
}

// idOf brings the text that names something into the form that lists have.
func idOf(text string) string {
	if id, err := core.ParseID(text); err == nil {
		return id.String()
	}
	return text
}
