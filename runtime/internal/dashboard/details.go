package dashboard

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// serveCluster answers /api/v0/cluster: the session in figures, which do not depend on how many tasks
// there are.
func (d *Dashboard) serveCluster(w http.ResponseWriter, _ *http.Request) { found(w, d.cluster()) }

func (d *Dashboard) cluster() row {
	f, info := d.sampler.now(), d.source.Info()
	g := &f.gauges
	states := map[string]int{}
	for _, t := range g.Tasks {
		states[t.State] += t.Count
	}
	total, free := core.Resources{}, core.Resources{}
	for _, n := range g.Nodes {
		if !n.Alive {
			continue
		}
		for name, v := range n.Total {
			total[name] += v
		}
		for name, v := range n.Free {
			free[name] += v
		}
	}
	return row{
		"time_ms": g.At.UnixMilli(), "session_dir": info.SessionDir, "node_id": info.NodeID, "node_ip": info.NodeIP,
		"driver_pid": g.Driver.PID, "driver_memory": g.Driver.Memory, "tasks": states, "tasks_estimated": g.Estimated,
		"tasks_finished": g.Finished, "tasks_failed": g.Failed, "tasks_per_second": f.rate, "actors": g.Actors,
		"placement_groups": g.Groups, "objects": g.Objects, "resources_total": total, "resources_available": free,
		"cpu_percent": f.cpu, "cores_percent": f.cores, "memory_used": g.MemoryUsed, "memory_total": g.MemoryTotal,
		"disk_used": f.disk[0], "disk_free": f.disk[1], "gpus": f.gpus, "nodes": d.nodes(),
		"spilled": g.StoreSpilled, "spilled_total": g.SpilledTotal, "restored_total": g.RestoredTotal,
		"kinds": slices.Sorted(maps.Keys(d.kinds())), "transferred": g.Transferred, "reconstructed": g.Reconstructed, "killed_for_memory": g.KilledForSpace,
	}
}

// serveSeries answers /api/v0/series?since=MS&range=fine|day: columns of figures, one entry of each
// for each sample after that moment.
func (d *Dashboard) serveSeries(w http.ResponseWriter, r *http.Request) {
	since, _ := strconv.ParseInt(r.FormValue("since"), 10, 64) // without a number, all
	s := d.sampler
	s.mu.Lock()
	from := &s.fine
	if r.FormValue("range") == "day" {
		from = &s.coarse
	}
	list := from.since(since)
	var names []string
	for _, n := range s.latest.gauges.Nodes {
		names = append(names, n.ID)
	}
	s.mu.Unlock()
	columns := map[string][]float64{}
	put := func(name string, i int, v float64) {
		if columns[name] == nil {
			columns[name] = make([]float64, len(list))
		}
		columns[name][i] = v
	}
	times := make([]int64, len(list))
	for i := range list {
		p := &list[i]
		times[i] = p.at
		for name, v := range map[string]float64{
			"cpu": float64(p.cpu), "memory": float64(p.memory), "memory_total": float64(p.memoryTotal), "store": float64(p.store),
			"store_total": float64(p.storeTotal), "spilled": float64(p.spilled), "cpu_used": float64(p.cpuUsed), "cpu_total": float64(p.cpuTotal),
			"gpu_used": float64(p.gpuUsed), "gpu_total": float64(p.gpuTotal), "running": float64(p.running), "pending": float64(p.pending),
			"actors": float64(p.actors), "workers": float64(p.workers), "finished": float64(p.finished), "failed": float64(p.failed),
			"tasks_per_second": float64(p.taskRate), "driver_memory": float64(p.driverMemory), "worker_memory": float64(p.workerMemory),
			"restored_total": float64(p.restored), "spilled_total": float64(p.spilledEver), "transferred": float64(p.transferred),
		} {
			put(name, i, v)
		}
		for j, g := range p.gpus {
			put("gpu"+strconv.Itoa(j), i, float64(g.busy))
			put("gpu"+strconv.Itoa(j)+"_memory", i, float64(g.memory))
		}
		for j, n := range p.nodes {
			put("node"+strconv.Itoa(j)+"_cpu", i, float64(n.cpu))
			put("node"+strconv.Itoa(j)+"_store", i, float64(n.store))
		}
	}
	found(w, row{"times": times, "columns": columns, "nodes": names})
}

// serveSummary answers /api/v0/tasks/summarize: the tasks by function and state, with how long they
// took.
func (d *Dashboard) serveSummary(w http.ResponseWriter, _ *http.Request) {
	type group struct {
		name, kind, declared string
		states               map[string]int
		total, ended         int
		sum, longest         time.Duration
	}
	groups := map[string]*group{}
	d.source.EachTask(func(t *core.TaskState) {
		g := groups[t.Kind+t.Name]
		if g == nil {
			g = &group{name: t.Name, kind: t.Kind, declared: t.Cell, states: map[string]int{}}
			if t.Line > 0 {
				g.declared += ":" + strconv.Itoa(t.Line)
			}
			groups[t.Kind+t.Name] = g
		}
		g.total++
		g.states[t.State]++
		if t.Duration > 0 {
			g.ended++
			g.sum += t.Duration
			g.longest = max(g.longest, t.Duration)
		}
	})
	rows := make([]row, 0, len(groups))
	for _, g := range groups {
		r := row{"func_or_class_name": g.name, "type": g.kind, "state_counts": g.states, "total": g.total, "declared": orNil(g.declared), "mean_ms": nil, "max_ms": nil}
		if g.ended > 0 {
			r["mean_ms"], r["max_ms"] = float64(g.sum)/1e6/float64(g.ended), float64(g.longest)/1e6
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(y["total"].(int), x["total"].(int)), cmp.Compare(x["func_or_class_name"].(string), y["func_or_class_name"].(string)))
	})
	found(w, row{"summary": rows})
}

// serveTask answers /api/v0/tasks/ID: the task, its attempts, the trace of its failure, what it has
// printed and, while it waits, why.
func (d *Dashboard) serveTask(w http.ResponseWriter, r *http.Request) {
	id, err := core.ParseID(r.PathValue("id"))
	var task *core.TaskState
	var children []row
	if err == nil {
		d.source.EachTask(func(t *core.TaskState) {
			if t.ID == id && task == nil {
				c := *t
				task = &c
			}
			if t.Parent == id && len(children) < defaultLimit {
				children = append(children, row{"task_id": t.ID.String(), "name": t.Name, "state": t.State})
			}
		})
	}
	if task == nil {
		missing(w, "no task has the id "+r.PathValue("id")+"; the last 10,000 attempts are remembered")
		return
	}
	out := taskRow(task)
	var attempts []row
	d.source.EachAttempt(func(a *core.Attempt) {
		if a.ID == id {
			one := taskRow(&a.TaskState)
			one["sent_ms"] = millis(a.Sent)
			attempts = append(attempts, one)
		}
	})
	out["attempts"], out["children"], out["stack"] = attempts, children, orNil(d.source.Stack(id))
	if task.State != "FINISHED" && task.State != "FAILED" {
		if x, err := d.source.Explain(id); err == nil {
			out["explanation"] = x
		}
	}
	found(w, out)
}

// serveActor answers /api/v0/actors/ID: the actor and its last calls.
func (d *Dashboard) serveActor(w http.ResponseWriter, r *http.Request) {
	id, err := core.ParseID(r.PathValue("id"))
	list := d.source.AllActors()
	i := slices.IndexFunc(list, func(a core.ActorInfo) bool { return a.ID == id })
	if err != nil || i < 0 {
		missing(w, "no actor has the id "+r.PathValue("id"))
		return
	}
	out := actorRow(&list[i])
	var calls []row
	d.source.EachTask(func(t *core.TaskState) {
		if t.Actor == id && len(calls) < defaultLimit {
			calls = append(calls, taskRow(t))
		}
	})
	out["calls"], out["stack"] = calls, orNil(d.source.Stack(id))
	if a := list[i]; a.State == "PENDING" || a.State == "RESTARTING" {
		if x, err := d.source.Explain(id); err == nil {
			out["explanation"] = x
		}
	}
	found(w, out)
}

// serveLogs answers /api/v0/logs?pid=123 and /api/v0/logs?task_id=ID (or actor_id): the last lines,
// at most as many as lines=N says.
func (d *Dashboard) serveLogs(w http.ResponseWriter, r *http.Request) {
	pid, _ := strconv.Atoi(r.FormValue("pid"))
	id, _ := core.ParseID(cmp.Or(r.FormValue("task_id"), r.FormValue("actor_id")))
	most, err := strconv.Atoi(r.FormValue("lines"))
	if err != nil || most < 1 {
		most = 1000
	}
	if pid == 0 && id == 0 {
		answer(w, http.StatusBadRequest, row{"result": false, "msg": "give pid=NUMBER of a worker, task_id=ID or actor_id=ID", "data": nil})
		return
	}
	lines, known := d.source.Output(id, pid)
	if !known {
		missing(w, "nothing that it printed is kept")
		return
	}
	rows := []row{}
	for _, l := range lines[max(0, len(lines)-most):] {
		stream := "stdout"
		if l.Stderr {
			stream = "stderr"
		}
		rows = append(rows, row{"pid": l.PID, "stream": stream, "time_ms": l.At.UnixMilli(), "text": l.Text})
	}
	found(w, row{"lines": rows, "total": len(lines)})
}
