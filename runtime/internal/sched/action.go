package sched

import (
	"fmt"
	"strings"
)

// Kind says what the caller has to do.
type Kind uint8

// The kinds of actions.
const (
	Spawn      Kind = iota + 1 // start a worker process on Node; report it with WorkerUp or SpawnFailed
	Start                      // send Task to Worker, with GPUs
	Recall                     // ask Worker for Count tasks that it has not started
	Stop                       // end Worker, which is idle; it is forgotten already
	Reject                     // Task will never run, for the reason Why; it is forgotten already
	Evict                      // end Worker and fail its tasks, for the reason Why; report WorkerLost
	GroupReady                 // all bundles of Group are reserved, on Nodes
	GroupLost                  // bundles of Group were on a node that is gone or drained; they are placed anew
	Drained                    // nothing runs on Node any more
)

// Action is an instruction to the caller.
type Action struct {
	Kind   Kind
	Task   Task
	Worker Worker
	Node   Node
	Group  Group
	Count  int
	GPUs   []int  // indices, on the worker's node, of the GPUs that the task may use
	Nodes  []Node // of the bundles, in their order
	Why    string
	Env    string // of the worker that Spawn asks for
}

// String is what tests compare. The node is left out where there is only one.
func (a Action) String() string {
	on := ""
	if a.Node > 1 {
		on = fmt.Sprintf(" on node %d", a.Node)
	}
	switch a.Kind {
	case Spawn:
		return "spawn" + on
	case Start:
		if len(a.GPUs) > 0 {
			return fmt.Sprintf("start %d on %d with GPUs %v", a.Task, a.Worker, a.GPUs)
		}
		return fmt.Sprintf("start %d on %d", a.Task, a.Worker)
	case Recall:
		return fmt.Sprintf("recall %d from %d", a.Count, a.Worker)
	case Stop:
		return fmt.Sprintf("stop %d", a.Worker)
	case Reject:
		return fmt.Sprintf("reject %d: %s", a.Task, a.Why)
	case Evict:
		return fmt.Sprintf("evict %d: %s", a.Worker, a.Why)
	case GroupReady:
		return fmt.Sprintf("group %d on %s", a.Group, strings.Trim(fmt.Sprint(a.Nodes), "[]"))
	case GroupLost:
		return fmt.Sprintf("group %d lost bundles", a.Group)
	case Drained:
		return fmt.Sprintf("drained %d", a.Node)
	}
	return fmt.Sprintf("unknown action %d", a.Kind)
}
