package core

import "github.com/goray/goray/runtime/internal/sched"

// Strategy says where a task may run.
type Strategy = sched.Strategy

// CaptureChild puts a task into the placement group of the one that submits it, where that wants it
// and the task has no strategy of its own.
func CaptureChild(spec *TaskSpec, parent *Strategy) {
	if parent.Capture && spec.Kind != ActorCall && spec.Strategy.IsZero() {
		spec.Own().Strategy = Strategy{Kind: sched.InGroup, Group: parent.Group, Bundle: -1, Capture: true}
	}
}

// PlacementGroup is bundles of resources that are reserved together or not at all.
type PlacementGroup struct {
	// ID names the group, and an object that is there when the group is reserved.
	ID              ID
	Name, Namespace string
	Bundles         []Resources
	Placement       sched.Placement
	Detached        bool // it outlives the session's driver, not the session
}

// GroupInfo describes a placement group.
type GroupInfo struct {
	PlacementGroup
	State   string   // "PENDING", "CREATED", "RESCHEDULING", "REMOVED"
	Nodes   []string // of the bundles, "" where there is none
	Waiting string   `json:",omitempty"` // why it is pending
}

// Placer is implemented by backends with placement groups.
type Placer interface {
	// CreateGroup asks for a group. It lives until RemoveGroup, or the end of the session; the
	// caller gets a count on its object.
	CreateGroup(g PlacementGroup) error
	// RemoveGroup gives a group up. Tasks and actors in it are ended.
	RemoveGroup(id ID) error
	// LookupGroup finds a named group and gives the caller a count on its object; ErrGroupNotFound.
	LookupGroup(name, namespace string) (GroupInfo, error)
	// Groups lists the groups, also those removed in the session, as far as they are remembered.
	Groups() ([]GroupInfo, error)
}

// Explainer is implemented by backends that can tell why something waits.
type Explainer interface {
	// Explain tells about a task, a call, an actor, an object or a placement group.
	Explain(id ID) (Explanation, error)
}

// Explanation says how far something is and what it waits for.
type Explanation struct {
	ID    ID
	Kind  string // "task", "actor", "actor call", "placement group", "object"
	Name  string
	State string // as in TaskState, ActorInfo and GroupInfo
	// Asks is what it asks for: "CPU 2, GPU 1"; Where says where it may run, when not anywhere.
	Asks, Where string
	// Infeasible says why no node that is there could ever run it; empty if one can.
	Infeasible string
	Nodes      []sched.Reason
	// Objects are the arguments that are not there yet, with what makes them.
	Objects []MissingObject
	Note    string // one sentence about the state
}

// MissingObject is an argument that a task waits for.
type MissingObject struct {
	ID    ID
	Maker string // "task fit", "" when nobody knows
	State string
}

// LabelSimulatedGPUs is the label of nodes that were given more GPUs than the machine has: how many.
const LabelSimulatedGPUs = "goray.io/simulated-gpus"
