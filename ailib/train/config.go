package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// ScalingConfig says on how much a training runs. The zero value is one
// worker with one CPU.
type ScalingConfig struct {
	NumWorkers         int                `yaml:"num_workers"`          // 0 = 1
	UseGPU             bool               `yaml:"use_gpu"`              // one GPU per worker unless ResourcesPerWorker says otherwise
	ResourcesPerWorker map[string]float64 `yaml:"resources_per_worker"` // such as {"CPU": 2}; nil = one CPU
}

// RunConfig says where a training keeps its results and what it does on
// failures.
type RunConfig struct {
	Name        string           `yaml:"name"`         // of the run's directory; "" = made from the time
	StoragePath string           `yaml:"storage_path"` // "" = ~/ray_results
	Checkpoint  CheckpointConfig `yaml:"checkpoint_config"`
	Failure     FailureConfig    `yaml:"failure_config"`
	Verbose     Verbosity        `yaml:"verbose"` // how much is shown while it runs
	Reuse       bool             `yaml:"reuse"`   // write into an existing directory of this name, instead of a numbered one
}

// Verbosity says how much a training shows while it runs.
type Verbosity int

// The zero value shows the live curves.
const (
	ShowCurves Verbosity = iota
	Quiet
)

// CheckpointConfig says which checkpoints are written and kept.
type CheckpointConfig struct {
	Frequency      int    `yaml:"checkpoint_frequency"`       // every so many rounds; 0 = at the end only
	NumToKeep      int    `yaml:"num_to_keep"`                // 0 = all
	ScoreAttribute string `yaml:"checkpoint_score_attribute"` // metric that decides which to keep; "" = the newest
	Order          Order  `yaml:"checkpoint_score_order"`     // whether a greater or a smaller score is better; "" = Max
}

// Order says whether more or less of a metric is better.
type Order string

// The orders, under the names that Ray uses.
const (
	Max Order = "max"
	Min Order = "min"
)

// FailureConfig says how often a training is started again, from its last
// checkpoint, after a worker was lost. Errors of the training itself, such as
// a wrong parameter, are never retried.
type FailureConfig struct {
	MaxFailures int `yaml:"max_failures"` // 0 = never, -1 = without limit
}

// ErrNoGPU is returned where GPUs are asked for and the cluster has none.
var ErrNoGPU = errors.New("train: UseGPU is set but the cluster has no GPU; leave it out, or start ray with NumGPUs")

func (s ScalingConfig) workers() int { return max(1, s.NumWorkers) }

// Resources returns what each worker reserves.
func (s ScalingConfig) Resources() map[string]float64 {
	out := map[string]float64{"CPU": 1}
	if s.UseGPU {
		out["GPU"] = 1
	}
	for name, amount := range s.ResourcesPerWorker {
		out[name] = amount
	}
	return out
}

// options are the resources as options of an actor.
func (s ScalingConfig) options() []ray.Option {
	var opts []ray.Option
	for name, amount := range s.Resources() {
		switch name {
		case "CPU":
			opts = append(opts, ray.NumCPUs(amount))
		case "GPU":
			opts = append(opts, ray.NumGPUs(amount))
		default:
			opts = append(opts, ray.Resource(name, amount))
		}
	}
	return opts
}

// threads is the number of OpenMP threads of one worker.
func (s ScalingConfig) threads() int { return max(1, int(s.Resources()["CPU"])) }

// check compares what is asked for with what the cluster has in total: what
// is only busy now can be waited for, what is not there cannot.
func (s ScalingConfig) check() error {
	if s.NumWorkers < 0 {
		return fmt.Errorf("train: ScalingConfig.NumWorkers is %d; give 1 or more", s.NumWorkers)
	}
	total := ray.ClusterResources()
	if total == nil {
		return ray.ErrNotInitialized
	}
	need := s.Resources()
	if need["GPU"] > 0 && total["GPU"] == 0 {
		return ErrNoGPU
	}
	for _, name := range slices.Sorted(keys(need)) {
		if want := need[name] * float64(s.workers()); want > total[name] {
			return fmt.Errorf("train: %d workers × %v %s need %v %s, the cluster has %v; lower ScalingConfig.NumWorkers, or set ResourcesPerWorker to {%q: %v}: %w",
				s.workers(), need[name], name, want, name, total[name], name, total[name]/float64(s.workers()), ray.ErrInfeasible)
		}
	}
	return nil
}

func (c CheckpointConfig) check() error {
	switch {
	case c.Frequency < 0 || c.NumToKeep < 0:
		return fmt.Errorf("train: CheckpointConfig: Frequency %d and NumToKeep %d cannot be negative", c.Frequency, c.NumToKeep)
	case c.Order != "" && c.Order != Max && c.Order != Min:
		return fmt.Errorf("train: CheckpointConfig.Order is %q; use train.Max or train.Min", c.Order)
	}
	return nil
}

// Directory creates the run's directory and returns its path. A name that is
// taken by an earlier run gets a number, so that no run writes into another,
// unless Reuse is set. kind begins a name that is made from the time.
func (r RunConfig) Directory(kind string) (string, error) {
	if strings.ContainsAny(r.Name, `/\`) || r.Name == ".." || r.Name == "." {
		return "", fmt.Errorf("train: RunConfig.Name %q is not a directory's name; put the path into StoragePath", r.Name)
	}
	storage := r.StoragePath
	if storage == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("train: no home directory for ~/ray_results: %w; set RunConfig.StoragePath", err)
		}
		storage = filepath.Join(home, "ray_results")
	}
	storage, err := filepath.Abs(storage)
	if err != nil {
		return "", fmt.Errorf("train: RunConfig.StoragePath: %w", err)
	}
	if err := os.MkdirAll(storage, 0o755); err != nil {
		return "", fmt.Errorf("train: RunConfig.StoragePath: %w; choose a directory that can be written", err)
	}
	name := r.Name
	if name == "" {
		name = kind + "_" + time.Now().Format("2006-01-02_15-04-05")
	}
	for i := 1; ; i++ {
		path := filepath.Join(storage, name)
		if i > 1 {
			path = fmt.Sprintf("%s_%d", path, i)
		}
		switch err := os.Mkdir(path, 0o755); {
		case err == nil || r.Reuse && errors.Is(err, os.ErrExist):
			return path, nil
		case !errors.Is(err, os.ErrExist):
			return "", fmt.Errorf("train: run directory: %w; choose another RunConfig.StoragePath", err)
		}
	}
}
