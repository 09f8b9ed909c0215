package ray

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
)

// Config says what Init starts. The zero value starts the embedded runtime with everything that
// this machine has. YAML keys are Ray's.
type Config struct {
	// Address is "" for the embedded runtime, or the address of a cluster: "auto" for the one that
	// "goray start" has started on this machine, "ray://host:port". GORAY_ADDRESS in the environment
	// counts where it is "" and there are no Nodes; "local" is the embedded runtime in any case.
	Address string `yaml:"address"`
	// NumCPUs and NumGPUs are logical amounts; 0 takes what the machine has (a container's CPU
	// quota counts). GPUs beyond those of the machine are simulated: they are counted and handed
	// out as others are, and labelled so in Nodes and Context.
	NumCPUs int `yaml:"num_cpus"`
	NumGPUs int `yaml:"num_gpus"`
	// Resources are custom amounts, by name.
	Resources map[string]float64 `yaml:"resources"`
	// ObjectStoreMemory is the most that objects may take, in bytes; 0 is 30 % of the memory. What
	// exceeds it is written to files in the session's directory below TMPDIR, and read back when it
	// is needed.
	ObjectStoreMemory int64 `yaml:"object_store_memory"`
	// Namespace separates named actors; "" is a namespace too.
	Namespace string `yaml:"namespace"`
	// DashboardPort is the dashboard's port; 0 is 8265 or the next free one, -1 is no dashboard.
	DashboardPort int `yaml:"dashboard_port"`
	// DashboardHost is the address that the dashboard listens at; "" is the loopback interface, where
	// everybody on this machine may read it. "0.0.0.0" is all interfaces: readers then need a token,
	// that of $GORAY_AUTH_TOKEN, or of the file that $GORAY_AUTH_TOKEN_PATH names, or a new one, which
	// Init prints once.
	DashboardHost string `yaml:"dashboard_host"`
	// InProcess runs tasks as goroutines of this process, for tests. Values are copied as always;
	// functions are used as they are, so closures work.
	InProcess bool `yaml:"-"`
	// Labels are the node's, for LabelSelector; nodes of Nodes have their own.
	Labels map[string]string `yaml:"labels"`
	// Nodes splits this machine into virtual nodes, for tests and lessons of placement and failure;
	// the driver belongs to the first. NumCPUs, NumGPUs, Resources and ObjectStoreMemory are then
	// each node's own. AddNode and RemoveNode change them at run time.
	Nodes []NodeConfig `yaml:"nodes"`
	// MemoryUsageThreshold is the part of the machine's (or the container's) memory above which the
	// newest task that can be retried is ended, so that the others go on; 0 is 0.95, negative
	// switches it off. RAY_memory_usage_threshold in the environment counts where it is 0.
	MemoryUsageThreshold float64 `yaml:"memory_usage_threshold"`
	// MemoryLimit is how much memory driver, workers and objects may use together, in bytes, as if
	// the machine had no more; 0 is no limit but the machine's own.
	MemoryLimit int64 `yaml:"memory_limit"`
	// WorkerTimeout is how long a worker process may give no sign of life, because it was stopped or
	// its machine hangs, before it is ended and its tasks are run again, as after a crash. Work is no
	// reason to be silent. 0 is 30 s, negative is for ever.
	WorkerTimeout time.Duration `yaml:"worker_timeout"`
	// RuntimeEnv is the environment of all worker processes of this program; nil is its own.
	RuntimeEnv *RuntimeEnv `yaml:"runtime_env"`
	// IgnoreReinitError makes a second Init return the running session.
	IgnoreReinitError bool `yaml:"ignore_reinit_error"`
	// LogToDriver shows what workers print; nil is true. Logs has it in any case.
	LogToDriver *bool `yaml:"log_to_driver"`
	// RecordCallSites makes MemoryReport tell the line of a compiled program that made an object, at
	// a cost for each Put and Remote. RAY_record_ref_creation_sites=1 in the environment does the
	// same. Cells are known without it.
	RecordCallSites bool `yaml:"record_ref_creation_sites"`
}

// fromEnvironment takes what the environment says, as jobs of a head do.
func (c *Config) fromEnvironment() {
	if c.Address == "" && !c.InProcess && len(c.Nodes) == 0 {
		c.Address = os.Getenv("GORAY_ADDRESS")
	}
	if c.Address == "local" {
		c.Address = ""
	}
}

// core checks the configuration and fills in the defaults.
func (c Config) core() (core.Config, error) {
	switch {
	case c.NumCPUs < 0:
		return core.Config{}, fmt.Errorf("ray: Config.NumCPUs is %d; use a number ≥ 1, or 0 for all CPUs", c.NumCPUs)
	case c.NumGPUs < 0:
		return core.Config{}, fmt.Errorf("ray: Config.NumGPUs is %d; use a number ≥ 1, or 0 for all GPUs", c.NumGPUs)
	case c.ObjectStoreMemory < 0:
		return core.Config{}, fmt.Errorf("ray: Config.ObjectStoreMemory is %d; use a number of bytes, or 0 for 30 %% of the memory", c.ObjectStoreMemory)
	case c.DashboardPort < -1 || c.DashboardPort > 65535:
		return core.Config{}, fmt.Errorf("ray: Config.DashboardPort is %d; use a port, 0 for the default or -1 for none", c.DashboardPort)
	case c.MemoryUsageThreshold > 1:
		return core.Config{}, fmt.Errorf("ray: Config.MemoryUsageThreshold is %g; use a part of the memory up to 1, 0 for 0.95 or -1 for never", c.MemoryUsageThreshold)
	case c.MemoryLimit < 0:
		return core.Config{}, fmt.Errorf("ray: Config.MemoryLimit is %d; use a number of bytes, or 0 for the machine's memory", c.MemoryLimit)
	case len(c.Nodes) > 0 && (c.NumCPUs > 0 || c.NumGPUs > 0 || len(c.Resources) > 0 || len(c.Labels) > 0 || c.ObjectStoreMemory > 0):
		return core.Config{}, fmt.Errorf("ray: Config.Nodes excludes NumCPUs, NumGPUs, Resources, Labels and ObjectStoreMemory; set them in each NodeConfig")
	case len(c.Nodes) > 0 && c.Address != "":
		return core.Config{}, fmt.Errorf("ray: Config.Nodes and Config.Address %q exclude each other; a cluster has its own nodes", c.Address)
	case c.InProcess && c.Address != "":
		return core.Config{}, fmt.Errorf("ray: Config.InProcess and Config.Address %q exclude each other; drop one", c.Address)
	}
	resources := core.Resources(c.Resources).Clone()
	if err := checkCustom("Config.Resources", resources); err != nil {
		return core.Config{}, err
	}
	resources[core.CPU] = float64(or(c.NumCPUs, detectCPUs()))
	if gpus := or(c.NumGPUs, machine.CountGPUs()); gpus > 0 {
		resources[core.GPU] = float64(gpus)
	}
	memory := detectMemory()
	resources[core.Memory] = float64(memory)
	out := core.Config{
		Address: c.Address, Resources: resources, Namespace: c.Namespace,
		ObjectStoreMemory: or(c.ObjectStoreMemory, memory*3/10),
		DashboardPort:     c.DashboardPort, DashboardHost: c.DashboardHost, Labels: c.Labels,
		LogToDriver:     c.LogToDriver == nil || *c.LogToDriver,
		RecordCallSites: c.RecordCallSites || os.Getenv("RAY_record_ref_creation_sites") == "1",
	}
	resources[core.Store] = float64(out.ObjectStoreMemory)
	out.WorkerTimeout = c.WorkerTimeout
	out.MemoryUsageThreshold, out.MemoryLimit = c.MemoryUsageThreshold, c.MemoryLimit
	for i, n := range c.Nodes {
		node, err := n.core(len(c.Nodes))
		if err != nil {
			return core.Config{}, fmt.Errorf("ray: Config.Nodes[%d]: %s", i, trimPrefix(err.Error()))
		}
		out.Nodes = append(out.Nodes, node)
	}
	core.LabelSimulated(&out, machine.CountGPUs())
	if c.InProcess {
		out.Address = "inprocess"
	}
	return out, nil
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// detectCPUs counts CPUs as the Go runtime does, which obeys affinity and the cgroup's quota.
func detectCPUs() int { return runtime.GOMAXPROCS(0) }

// detectMemory returns the bytes of memory this process may use: the machine's, or the cgroup's
// limit where that is lower.
func detectMemory() int64 {
	total := int64(1 << 30)
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kib int64
		if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kib); err == nil {
			total = kib << 10
		}
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && limit > 0 {
			total = min(total, limit)
		}
	}
	return total
}
