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
	for _, n := range nodes {
		if !n.Alive {
			continue
		}
		enough := true
		for name, amount := range spec.Resources {
			most[name] = max(most[name], n.Resources[name])
			enough = enough && n.Resources[name] >= amount
		}
		if enough {
			return nil
		}
	}
	return &core.Failure{Kind: core.Infeasible, Func: spec.Label(), Text: fmt.Sprintf("it asks for %s, and no node has more than %s", spec.Resources, most)}
}
