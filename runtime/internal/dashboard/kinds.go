package dashboard

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/metrics"
)

// kinds are the lists, by their names in Ray's state API.
func (d *Dashboard) kinds() map[string]kind {
	kinds := map[string]kind{
		"tasks":            {d.tasks, []string{"task_id", "name", "state", "type", "attempt_number", "actor_id", "parent_task_id", "node_id", "worker_pid", "error_type", "cell"}},
		"actors":           {d.actors, []string{"actor_id", "class_name", "state", "name", "node_id", "pid", "ray_namespace"}},
		"objects":          {d.objects, []string{"object_id", "reference_type", "state", "call_site", "node_id"}},
		"nodes":            {d.nodes, []string{"node_id", "node_ip", "state", "is_head_node"}},
		"workers":          {d.workers, []string{"pid", "node_id", "state"}},
		"placement_groups": {d.groups, []string{"placement_group_id", "name", "state", "strategy"}},
		"metrics":          {metricRows, []string{"name", "type", "worker_pid"}},
		"jobs":             {d.jobs, []string{"job_id", "submission_id", "status", "type"}},
	}
	if log, ok := d.source.(core.EventLog); ok {
		kinds["cluster_events"] = kind{func() []row { return eventRows(log) }, []string{"severity", "source_type", "event_id", "id", "node_id"}}
	}
	return kinds
}

// millis is a time as Ray's state API has it; nil for none.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// idOf is an id as people see it; nil for none.
func idOf(id core.ID) any {
	if id == 0 {
		return nil
	}
	return id.String()
}

// orNil is nil for nothing: an empty field of a list.
func orNil[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func taskRow(t *core.TaskState) row {
	r := row{
		"task_id": t.ID.String(), "name": t.Name, "func_or_class_name": t.Name, "state": t.State, "type": t.Kind,
		"attempt_number": t.Attempt, "actor_id": idOf(t.Actor), "parent_task_id": idOf(t.Parent), "node_id": orNil(t.Node),
		"worker_pid": orNil(t.PID), "error_type": orNil(t.Failure), "error_message": orNil(t.Error), "cell": orNil(t.Cell),
		"line": orNil(t.Line), "creation_time_ms": millis(t.Submitted), "start_time_ms": millis(t.Started),
		"end_time_ms": nil, "duration_ms": nil,
	}
	if t.Duration > 0 {
		r["duration_ms"] = float64(t.Duration) / 1e6
		r["end_time_ms"] = millis(t.Started.Add(t.Duration))
	}
	return r
}

func (d *Dashboard) tasks() []row {
	var list []core.TaskState
	d.source.EachTask(func(t *core.TaskState) { list = append(list, *t) }) // quickly: the session waits
	rows := make([]row, len(list))
	for i := range list {
		rows[i] = taskRow(&list[i])
	}
	return rows
}

func actorRow(a *core.ActorInfo) row {
	return row{
		"actor_id": a.ID.String(), "class_name": a.Class, "name": orNil(a.Name), "ray_namespace": a.Namespace, "state": a.State,
		"node_id": orNil(a.Node), "pid": orNil(a.PID), "num_restarts": a.Restarts, "pending_calls": a.Pending, "death_cause": orNil(a.Death),
	}
}

func (d *Dashboard) actors() []row {
	list := d.source.AllActors()
	rows := make([]row, len(list))
	for i := range list {
		rows[i] = actorRow(&list[len(list)-1-i])
	}
	return rows
}

func (d *Dashboard) objects() []row {
	var list []core.ObjectState
	d.source.EachObject(func(o *core.ObjectState) { list = append(list, *o) })
	slices.SortFunc(list, func(x, y core.ObjectState) int { return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(y.ID, x.ID)) })
	rows := make([]row, len(list))
	for i := range list {
		o := &list[i]
		state := "READY"
		switch {
		case !o.Ready:
			state = "PENDING"
		case o.Shared && len(o.Nodes) == 0 && o.File != "":
			state = "SPILLED"
		}
		rows[i] = row{
			"object_id": o.ID.String(), "object_size": o.Bytes, "reference_type": o.Kind, "state": state, "references": o.Refs,
			"node_id": orNil(strings.Join(o.Nodes, " ")), "spilled_to": orNil(o.File), "call_site": orNil(o.Site), "maker": orNil(o.Maker),
			"in_shared_memory": o.Shared,
		}
	}
	return rows
}

func (d *Dashboard) nodes() []row {
	f := d.sampler.now()
	rows := make([]row, len(f.gauges.Nodes))
	for i := range f.gauges.Nodes {
		n := &f.gauges.Nodes[i]
		state := "ALIVE"
		if !n.Alive {
			state = "DEAD"
		}
		busy, memory := 0, int64(0)
		for _, w := range n.Workers {
			if memory += w.Memory; w.Given > 0 {
				busy++
			}
		}
		rows[i] = row{
			"node_id": n.ID, "node_name": n.ID, "node_ip": n.IP, "is_head_node": n.Head, "state": state, "labels": n.Labels,
			"resources_total": n.Total, "resources_available": n.Free, "object_store_used": n.StoreUsed,
			"object_store_capacity": n.StoreCapacity, "workers": len(n.Workers), "workers_busy": busy, "workers_memory": memory,
		}
	}
	return rows
}

func (d *Dashboard) workers() (rows []row) {
	f := d.sampler.now()
	add := func(node, state string, w *core.WorkerGauge) {
		rows = append(rows, row{
			"pid": w.PID, "node_id": node, "state": state, "running": orNil(w.Running), "tasks": w.Given,
			"memory": w.Memory, "cpu_percent": f.processes[w.PID],
		})
	}
	for i := range f.gauges.Nodes {
		n := &f.gauges.Nodes[i]
		if n.Head {
			add(n.ID, "DRIVER", &f.gauges.Driver)
		}
		for j := range n.Workers {
			state := "IDLE"
			if n.Workers[j].Running != "" {
				state = "BUSY"
			}
			add(n.ID, state, &n.Workers[j])
		}
	}
	return rows
}

func (d *Dashboard) groups() []row {
	list, err := d.source.Groups()
	if err != nil {
		return nil // the session has ended
	}
	rows := make([]row, len(list))
	for i, g := range list {
		bundles := make([]string, len(g.Bundles))
		for j, b := range g.Bundles {
			bundles[j] = b.String()
		}
		rows[i] = row{
			"placement_group_id": g.ID.String(), "name": orNil(g.Name), "state": g.State, "bundles": bundles,
			"strategy": g.Placement.String(), "nodes": g.Nodes, "waiting": orNil(g.Waiting), "is_detached": g.Detached,
		}
	}
	return rows
}

func metricRows() []row {
	list := metrics.Snapshot()
	rows := make([]row, len(list))
	for i := range list {
		s := &list[i]
		tags := map[string]string{}
		for j, key := range s.Desc.Keys {
			tags[key] = s.Values[j]
		}
		rows[i] = row{"name": s.Desc.Name, "type": string(s.Desc.Kind), "description": s.Desc.Help, "tags": tags, "worker_pid": orNil(s.Process), "value": s.Value}
		if s.Desc.Kind == metrics.Histogram {
			var n uint64
			for _, c := range s.Counts {
				n += c
			}
			rows[i]["value"], rows[i]["count"], rows[i]["counts"], rows[i]["boundaries"] = s.Sum, n, s.Counts, s.Desc.Bounds
		}
	}
	return rows
}
