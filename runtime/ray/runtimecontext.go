package ray

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// RuntimeContext tells a task about itself.
type RuntimeContext struct {
	TaskID, ActorID string // empty in the driver; ActorID empty in tasks
	NodeID          string
	Name            string // of the task
	Namespace       string
	WorkerPID       int // of this process
	Attempt         int // 0 is the first
	Cancelled       bool
	GPUIDs          []int              // as GPUIDs returns them
	Resources       map[string]float64 // granted to the task, or to its actor
	JobID           string             // of the driver's program
	// PlacementGroupID is empty outside of placement groups; Bundle is the one that was asked for,
	// -1 for any.
	PlacementGroupID string
	Bundle           int
}

// CurrentContext returns what the context of a task, or of an actor's call, says about it. In the
// driver only the job, the node, the namespace and the pid are set.
func CurrentContext(ctx context.Context) RuntimeContext {
	rc := RuntimeContext{WorkerPID: os.Getpid(), Cancelled: ctx.Err() != nil}
	if t := core.TaskFrom(ctx); t != nil {
		rc.TaskID = t.TaskID.String()
		if t.ActorID != 0 {
			rc.ActorID = t.ActorID.String()
		}
		rc.NodeID, rc.Name, rc.Namespace = t.NodeID, t.Name, t.Namespace
		if t.Strategy.Kind == sched.InGroup {
			rc.PlacementGroupID, rc.Bundle = core.ID(t.Strategy.Group).String(), t.Strategy.Bundle
		}
		rc.JobID = or(t.JobID, jobOf(t.Backend))
		rc.Attempt, rc.GPUIDs, rc.Resources = t.Attempt, slices.Clone(t.GPUIDs), maps.Clone(t.Resources)
		return rc
	}
	if s := currentSession(); s != nil {
		rc.NodeID, rc.Namespace, rc.JobID = s.backend.Info().NodeID, s.namespace(), jobOf(s.backend)
	}
	return rc
}

// namespace is where names belong that say nothing else.
func (s *session) namespace() string {
	if n, ok := s.backend.(core.Namespaced); ok {
		return n.Namespace() // in a worker it is that of the job it works for
	}
	return s.config.Namespace
}

// jobOf names the job of a backend: one driver is one job.
func jobOf(b core.Backend) string {
	if b == nil {
		return ""
	}
	return or(b.Info().JobID, core.JobName(1))
}
