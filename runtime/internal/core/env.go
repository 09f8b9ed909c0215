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
	e := &Env{Vars: maps.Clone(outer.Vars), Dir: own.Dir}
	if e.Vars == nil {
		e.Vars = map[string]string{}
	}
	maps.Copy(e.Vars, own.Vars)
	if e.Dir == "" {
		e.Dir = outer.Dir
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
	e.Hash = hex.EncodeToString(h.Sum(nil)[:16])
}
