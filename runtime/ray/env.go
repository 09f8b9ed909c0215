package ray

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/workdir"
)

// RuntimeEnv says what is different in the worker processes of tasks, actors, or a whole job. Workers
// of equal environments are shared, and kept for the next task that wants them. What a task submits
// has its environment, too.
type RuntimeEnv struct {
	// EnvVars are environment variables, beside those of the driver.
	EnvVars map[string]string `yaml:"env_vars"`
	// WorkingDir is a directory of this machine. The workers run in a copy of what it holds when the
	// task is first submitted, without what .gitignore names: at most 500 MiB. Files that have been
	// copied before are not copied again. They are read-only; new files may be written beside them.
	WorkingDir string `yaml:"working_dir"`
	// Pip are requirements for Python in pip's notation, "pandas==2.2.3". A real Ray cluster installs
	// them on its nodes, once for each list; elsewhere they are an error: install them yourself into the
	// Python that GORAY_PYTHON names.
	Pip []string `yaml:"pip"`
}

// InRuntimeEnv runs a task or an actor in an environment of its own, within that of the job.
// Default: the job's, Config.RuntimeEnv. It needs worker processes: with Config.InProcess it is an
// ErrInvalidCall.
//
//	f := ray.Remote[string](read).Options(ray.InRuntimeEnv(ray.RuntimeEnv{
//		EnvVars: map[string]string{"OMP_NUM_THREADS": "1"}, WorkingDir: "."}))
func InRuntimeEnv(env RuntimeEnv) Option {
	return Option{func(o *core.Options) (err error) {
		o.Env, err = env.core()
		return err
	}}
}

// core checks the environment. Its directory is copied when a session is there.
func (e *RuntimeEnv) core() (*core.Env, error) {
	if e == nil || len(e.EnvVars) == 0 && e.WorkingDir == "" && len(e.Pip) == 0 {
		return nil, nil
	}
	out := &core.Env{Vars: maps.Clone(e.EnvVars), Pip: slices.Clone(e.Pip)}
	for _, p := range e.Pip {
		if strings.TrimSpace(p) == "" || strings.ContainsAny(p, "\n\x00") {
			return nil, fmt.Errorf("RuntimeEnv: %q is no requirement of pip's; write a name and a version, as in \"pandas==2.2.3\"", p)
		}
	}
	for name, value := range e.EnvVars {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return nil, fmt.Errorf("RuntimeEnv: %q is no name of an environment variable, or its value has a zero byte; change it", name)
		}
	}
	if e.WorkingDir != "" {
		dir, err := filepath.Abs(e.WorkingDir)
		if err != nil {
			return nil, fmt.Errorf("RuntimeEnv: working directory %s: %w", e.WorkingDir, err)
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("RuntimeEnv: working directory %s: it is not a directory of this machine; check the path", e.WorkingDir)
		}
		out.Dir = dir
	}
	return out, nil
}

// inEnv puts a task into the environment that it and the job ask for, whose directory is copied the
// first time.
func (s *session) inEnv(spec *core.TaskSpec) error {
	own := spec.Env
	if own == nil && s.env == nil {
		return nil
	}
	if s.backend.Info().SharesMemory {
		return invalidCall("a runtime environment needs worker processes; leave out Config.InProcess, or the environment")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sealed := s.envs[own]
	if sealed == nil {
		var err error
		if sealed, err = s.sealed(core.MergeEnv(s.env, own)); err != nil {
			return invalidCall("RuntimeEnv: %v", err)
		}
		if s.envs == nil || len(s.envs) > 1000 { // options that are made for each call are not kept for ever
			s.envs = map[*core.Env]*core.Env{}
		}
		s.envs[own] = sealed
	}
	spec.Own().Env = sealed
	return nil
}

func (s *session) sealed(e *core.Env) (*core.Env, error) {
	if keeper, ok := s.backend.(core.EnvKeeper); ok {
		return keeper.KeepEnv(e)
	}
	if len(e.Pip) > 0 {
		return nil, fmt.Errorf("only a real Ray cluster installs Python packages (%s); install them into the Python that GORAY_PYTHON names, and leave out Pip", strings.Join(e.Pip, ", "))
	}
	c := *e
	if c.Dir != "" {
		store := workdir.NewStore(filepath.Join(s.backend.Info().SessionDir, "runtime_env"))
		dir, _, _, err := store.Add(c.Dir)
		if err != nil {
			return nil, err
		}
		c.Dir = dir
	}
	c.Seal()
	return &c, nil
}
