package wire

import (
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// Infeasible says why none of the nodes could ever run a task; nil where one can. Ray lets such a
// task wait, for a node may come; the option FailFast says that it shall not.
func Infeasible(spec *core.TaskSpec, nodes []core.NodeInfo) *core.Failure {
	if len(nodes) == 0 || spec.Strategy.Kind == sched.InGroup {
		return nil
	}
	most := core.Resources{}
	fits, labelled := false, false
	for _, n := range nodes {
		if !n.Alive {
			continue
		}
		enough := true
		for name, amount := range spec.Resources {
			most[name] = max(most[name], n.Resources[name])
			enough = enough && n.Resources[name] >= amount
		}
		right := sched.Matches(spec.Strategy.Hard, n.Labels)
		labelled = labelled || right
		fits = fits || enough && right
	}
	if fits {
		return nil
	}
	text := fmt.Sprintf("it asks for %s, and no node has more than %s", spec.Resources, most)
	if !labelled {
		text = "no node has the labels that it asks for"
		for _, n := range nodes {
			text += "; " + n.ID + ": " + mismatch(spec.Strategy.Hard, n.Labels)
		}
	}
	return &core.Failure{Kind: core.Infeasible, Func: spec.Label(), Text: text}
}

// mismatch says which condition a node does not meet.
func mismatch(conditions []sched.Match, labels map[string]string) string {
	for _, m := range conditions {
		if sched.Matches([]sched.Match{m}, labels) {
			continue
		}
		value, ok := labels[m.Key]
		if !ok {
			value = "missing"
		}
		return fmt.Sprintf("its label %s (%s) is not %s", m.Key, value, m)
	}
	return "it has gone"
}
