package placement

import (
	"fmt"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// Patience is how long something may wait for what no node has before people are told: a node may
// be about to come.
const Patience = 3 * time.Second

// Watch remembers what has been told.
type Watch struct {
	shapes map[sched.Shape]bool
	groups map[sched.Group]bool
}

// Look returns a warning for everything that waits for what no node has and was not told about.
// What can run again is forgotten: it will be told about anew. label names a task.
func (w *Watch) Look(s *sched.Sched, t *Table, label func(core.ID) string) (warnings []string) {
	shapes, groups := map[sched.Shape]bool{}, map[sched.Group]bool{}
	for _, stuck := range s.Stuck() {
		if stuck.Group != 0 {
			if groups[stuck.Group] = true; !w.groups[stuck.Group] {
				warnings = append(warnings, groupWarning(t.groups[core.ID(stuck.Group)], stuck.Why))
			}
			continue
		}
		if shapes[stuck.Shape] = true; w.shapes[stuck.Shape] {
			continue
		}
		what := label(core.ID(stuck.Task)) + " waits"
		if stuck.Count > 1 {
			what = fmt.Sprintf("%s and %d more wait", label(core.ID(stuck.Task)), stuck.Count-1)
		}
		warnings = append(warnings, fmt.Sprintf("ray: warning: %s for what no node has: %s; ask for less, add a node that has it, or set ray.FailIfInfeasible() to get an error instead", what, stuck.Why))
	}
	w.shapes, w.groups = shapes, groups
	return warnings
}

func groupWarning(e *entry, why string) string {
	name := "a placement group"
	switch {
	case e == nil:
	case e.Name != "":
		name = fmt.Sprintf("placement group %q", e.Name)
	default:
		name = "placement group " + e.ID.String()
	}
	return fmt.Sprintf("ray: warning: %s waits for what no node has: %s; ask for less, or add nodes", name, why)
}
