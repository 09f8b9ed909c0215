package ray

import (
	"context"
	"os"

	"github.com/goray/goray/runtime/internal/core"
)

// RuntimeContext tells a task about itself.
type RuntimeContext struct {
	TaskID, ActorID string // empty in the driver; ActorID empty in tasks
	NodeID          string
	Name            string // of the task
	Namespace       string
	WorkerPID       int // of this process
	Attempt         int // 0 is the first
	GPUIDs          []int
	Resources       map[string]float64 // granted to the task
}

// CurrentContext returns what the context of a task says about it. In the driver only the node,
// the namespace and the pid are set.
func CurrentContext(ctx context.Context) RuntimeContext {
	rc := RuntimeContext{WorkerPID: os.Getpid()}
	if t := core.TaskFrom(ctx); t != nil {
		rc.TaskID = t.TaskID.String()
		if t.ActorID != 0 {
			rc.ActorID = t.ActorID.String()
		}
		rc.NodeID, rc.Name, rc.Namespace = t.NodeID, t.Name, t.Namespace
		rc.Attempt, rc.GPUIDs, rc.Resources = t.Attempt, t.GPUIDs, t.Resources
		return rc
	}
	if s := currentSession(); s != nil {
		rc.NodeID, rc.Namespace = s.backend.Info().NodeID, s.config.Namespace
	}
	return rc
}
