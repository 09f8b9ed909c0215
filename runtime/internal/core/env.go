package core

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Env is a runtime environment: what is different in the worker processes that run a task.
type Env struct {
	Hash string            // of all that follows: workers of equal environments are shared
	Vars map[string]string // beside those of the driver (Ray: env_vars)
	Dir  string            // the working directory, "" the driver's (Ray: working_dir)
	Pip  []string          // requirements that pip installs for Python, on backends that can (Ray: pip)
}

// EnvKeeper is implemented by backends whose workers cannot read the driver's files. Their Config.Env is
// the job's; they merge it with that of tasks.
type EnvKeeper interface {
	// KeepEnv stores what an environment needs where workers find it, and returns it sealed, with the
	// name that its directory has there.
	KeepEnv(e *Env) (*Env, error)
}

// MergeEnv is what a task gets that has an environment of its own within that of its job or of the
// task that submitted it: its own counts more. Both may be nil.
func MergeEnv(outer, own *Env) *Env {
	switch {
	case outer == nil:
		return own
	case own == nil:
		return outer
	}
	e := &Env{Vars: maps.Clone(outer.Vars), Dir: own.Dir, Pip: own.Pip}
	if e.Vars == nil {
		e.Vars = map[string]string{}
	}
	maps.Copy(e.Vars, own.Vars)
	if e.Dir == "" {
		e.Dir = outer.Dir
	}
	if len(e.Pip) == 0 {
		e.Pip = outer.Pip
	}
	e.Seal()
	return e
}

// Seal computes the hash. The name of Dir stands for its content.
func (e *Env) Seal() {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(e.Vars)) {
		fmt.Fprintf(h, "%q=%q\n", k, e.Vars[k])
	}
	fmt.Fprintf(h, "%q", e.Dir)
	if len(e.Pip) > 0 {
		fmt.Fprintf(h, "%q", e.Pip)
	}
	e.Hash = hex.EncodeToString(h.Sum(nil)[:16])
}
