package dashboard

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
	"github.com/goray/goray/runtime/internal/metrics"
)

// rayStates are the states of tasks by their names in Ray's metrics.
var rayStates = map[string]string{
	"WAITING_FOR_ARGUMENTS": "PENDING_ARGS_AVAIL", "WAITING_FOR_RESOURCES": "PENDING_NODE_ASSIGNMENT",
	"RETRYING": "PENDING_NODE_ASSIGNMENT", running: running,
}

// rayActorStates are those of actors.
var rayActorStates = map[string]string{"PENDING": "PENDING_CREATION", "ALIVE": "ALIVE", "RESTARTING": "RESTARTING", "DEAD": "DEAD"}

// serveMetrics answers /metrics for Prometheus: the session's figures, then the program's own metrics.
func (d *Dashboard) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", metrics.ContentType)
	f := d.sampler.now()
	families := slices.Concat(taskFamilies(&f), resourceFamilies(&f), machineFamilies(&f), ownFamilies(&f), metrics.Families(metrics.Snapshot()))
	metrics.WriteText(w, families) // an error means that the reader has gone
}

func gauge(name, help string) metrics.Family {
	return metrics.Family{Name: name, Help: help, Kind: metrics.Gauge}
}

func single(name, help string, v float64, labels ...string) metrics.Family {
	f := gauge(name, help)
	f.Add(v, labels...)
	return f
}

func taskFamilies(f *figures) []metrics.Family {
	g := &f.gauges
	tasks := gauge("ray_tasks", "Tasks by state, name and whether they are retried; the finished ones are all since the start.")
	type key struct{ name, state, retry string }
	counts := map[key]int{}
	var order []key
	for _, t := range g.Tasks {
		k := key{t.Name, rayStates[t.State], "0"}
		if t.Retry {
			k.retry = "1"
		}
		if _, known := counts[k]; !known {
			order = append(order, k)
		}
		counts[k] += t.Count
	}
	for _, k := range order {
		tasks.Add(float64(counts[k]), "Name", k.name, "State", k.state, "IsRetry", k.retry)
	}
	tasks.Add(float64(g.Finished-g.Failed), "Name", "", "State", "FINISHED", "IsRetry", "0")
	tasks.Add(float64(g.Failed), "Name", "", "State", "FAILED", "IsRetry", "0")
	actors := gauge("ray_actors", "Actors by state; of the dead ones, those that are remembered.")
	for _, state := range slices.Sorted(maps.Keys(g.Actors)) {
		actors.Add(float64(g.Actors[state]), "State", rayActorStates[state], "Source", "gcs")
	}
	groups := gauge("ray_placement_groups", "Placement groups by state.")
	for _, state := range slices.Sorted(maps.Keys(g.Groups)) {
		groups.Add(float64(g.Groups[state]), "State", state)
	}
	return []metrics.Family{tasks, actors, groups}
}

func resourceFamilies(f *figures) []metrics.Family {
	resources := gauge("ray_resources", "Logical resources by name and state; memory in bytes.")
	used := gauge("ray_object_store_used_memory", "Bytes of shared memory that objects take.")
	free := gauge("ray_object_store_available_memory", "Bytes of shared memory that are left for objects.")
	objects := gauge("ray_object_store_memory", "Bytes of objects by where they lie.")
	active := gauge("ray_cluster_active_nodes", "Nodes that live.")
	failed := gauge("ray_cluster_failed_nodes", "Nodes that are gone.")
	living, dead := map[bool]int{}, map[bool]int{}
	for i := range f.gauges.Nodes {
		n := &f.gauges.Nodes[i]
		if !n.Alive {
			dead[n.Head]++
			continue
		}
		living[n.Head]++
		for _, name := range n.Total.Names() {
			total, left := n.Total[name], n.Free[name]
			if name == core.Store {
				left = float64(n.StoreCapacity - n.StoreUsed)
			}
			resources.Add(total-left, "Name", name, "State", "USED", "NodeId", n.ID)
			resources.Add(left, "Name", name, "State", "AVAILABLE", "NodeId", n.ID)
		}
		used.Add(float64(n.StoreUsed), "NodeId", n.ID)
		free.Add(float64(n.StoreCapacity-n.StoreUsed), "NodeId", n.ID)
		objects.Add(float64(n.StoreUsed), "Location", "MMAP_SHM", "ObjectState", "SEALED", "NodeId", n.ID)
	}
	objects.Add(float64(f.gauges.StoreSpilled), "Location", "SPILLED", "ObjectState", "SEALED", "NodeId", "")
	for _, head := range []bool{true, false} {
		role := map[bool]string{true: "head", false: "worker"}[head]
		active.Add(float64(living[head]), "node_type", role)
		failed.Add(float64(dead[head]), "node_type", role)
	}
	return []metrics.Family{resources, used, free, objects, active, failed}
}

func machineFamilies(f *figures) []metrics.Family {
	g := &f.gauges
	ip := ""
	if len(g.Nodes) > 0 {
		ip = g.Nodes[0].IP
	}
	list := []metrics.Family{
		single("ray_node_cpu_utilization", "How busy the CPUs of the machine are, percent of all.", f.cpu, "ip", ip),
		single("ray_node_cpu_count", "Cores of the machine.", float64(len(f.cores)), "ip", ip),
		single("ray_node_mem_used", "Bytes of memory in use on the machine, or in the container.", float64(g.MemoryUsed), "ip", ip),
		single("ray_node_mem_total", "Bytes of memory that the machine, or the container, has.", float64(g.MemoryTotal), "ip", ip),
		single("ray_node_mem_available", "Bytes of memory that are left.", float64(g.MemoryTotal-g.MemoryUsed), "ip", ip),
		single("ray_node_disk_usage", "Bytes in use on the disk of the session's directory.", float64(f.disk[0]), "ip", ip),
		single("ray_node_disk_free", "Bytes left on the disk of the session's directory.", float64(f.disk[1]), "ip", ip),
		single("ray_node_disk_utilization_percentage", "How full that disk is.", float64(percent(float64(f.disk[0]), float64(f.disk[0]+f.disk[1]))), "ip", ip),
		single("ray_node_gpus_available", "GPUs of the machine.", float64(len(f.gpus)), "ip", ip),
	}
	list = append(list, gpuFamilies(f.gpus, ip)...)
	cpu := gauge("ray_component_cpu_percentage", "CPU that a process uses, percent of one core.")
	memory := gauge("ray_component_uss_bytes", "Bytes of memory that only a process has, with its children.")
	add := func(w *core.WorkerGauge, component string) {
		cpu.Add(f.processes[w.PID], "Component", component, "pid", strconv.Itoa(w.PID))
		memory.Add(float64(w.Memory), "Component", component, "pid", strconv.Itoa(w.PID))
	}
	add(&g.Driver, "driver")
	for i := range g.Nodes {
		for j := range g.Nodes[i].Workers {
			add(&g.Nodes[i].Workers[j], "worker")
		}
	}
	return append(list, cpu, memory)
}

func gpuFamilies(gpus []machine.GPU, ip string) []metrics.Family {
	busy := gauge("ray_node_gpus_utilization", "How busy a GPU is, percent.")
	used := gauge("ray_node_gram_used", "MiB of a GPU's memory in use.")
	free := gauge("ray_node_gram_available", "MiB of a GPU's memory that are left.")
	heat := gauge("ray_node_gpu_temperature_celsius", "Temperature of a GPU.")
	power := gauge("ray_node_gpu_power_milliwatts", "Power that a GPU draws.")
	for _, g := range gpus {
		labels := []string{"ip", ip, "GpuIndex", strconv.Itoa(g.Index), "GpuDeviceName", g.Name}
		busy.Add(g.Utilization, labels...)
		used.Add(float64(g.MemoryUsed)/(1<<20), labels...)
		free.Add(float64(g.MemoryTotal-min(g.MemoryUsed, g.MemoryTotal))/(1<<20), labels...)
		if g.Temperature > 0 {
			heat.Add(g.Temperature, labels...)
		}
		if g.Power > 0 {
			power.Add(1000*g.Power, labels...)
		}
	}
	return []metrics.Family{busy, used, free, heat, power}
}

// ownFamilies are figures that Ray does not have, or not with this meaning.
func ownFamilies(f *figures) []metrics.Family {
	g := &f.gauges
	counter := func(name, help string, v float64) metrics.Family {
		c := metrics.Family{Name: name, Help: help, Kind: metrics.Counter}
		c.Add(v)
		return c
	}
	return []metrics.Family{
		counter("goray_tasks_finished_total", "Tasks that have ended, also failed ones.", float64(g.Finished)),
		counter("goray_tasks_failed_total", "Tasks that have failed for good.", float64(g.Failed)),
		counter("goray_tasks_reconstructed_total", "Tasks that ran again because their results were lost.", float64(g.Reconstructed)),
		counter("goray_tasks_ended_for_memory_total", "Tasks that were ended because memory was short.", float64(g.KilledForSpace)),
		counter("goray_objects_spilled_bytes_total", "Bytes of objects that were written to files.", float64(g.SpilledTotal)),
		counter("goray_objects_restored_bytes_total", "Bytes of objects that were read back.", float64(g.RestoredTotal)),
		counter("goray_objects_transferred_bytes_total", "Bytes of objects that were copied from node to node.", float64(g.Transferred)),
		single("goray_objects", "Objects that somebody refers to.", float64(g.Objects)),
		single("goray_tasks_per_second", "Tasks that ended in the last second.", f.rate),
	}
}
