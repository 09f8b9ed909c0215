package ray

import (
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/graph"
	"github.com/goray/goray/runtime/internal/marshal"
)

// planner finds out what each actor has to do.
type planner struct {
	actors  []*ActorRef
	plans   []graph.Plan
	inputs  []int // edges from the driver
	outputs []int // edges to the driver, one for each output
	edges   int
}

func newPlanner(g *Graph, dir string) (*planner, error) {
	p := &planner{}
	slots := map[*GraphNode]int{g.input: 0}
	home := map[*GraphNode]int{}
	ops := map[*GraphNode][2]int{} // actor and operation
	arrives := map[int]map[*GraphNode]bool{}
	fromInput := map[*GraphNode]bool{g.input: true}
	for _, n := range g.order {
		if n.function != nil {
			return nil, invalidCall("Compile: %s is a task; only methods of actors can be compiled, make an actor of it", n)
		}
		var spec core.TaskSpec
		sig, err := n.actor.method(n.actor.ref.session, &spec, n.state, n.method)
		if err != nil {
			return nil, err
		}
		if spec.Method == "" {
			return nil, invalidCall("Compile: %s is not an exported method; export it", sig.name)
		}
		at := slices.IndexFunc(p.actors, func(a *ActorRef) bool { return a.ref.id == n.actor.ref.id })
		if at < 0 {
			at = len(p.actors)
			p.actors, p.plans = append(p.actors, n.actor), append(p.plans, graph.Plan{Dir: dir})
			arrives[at] = map[*GraphNode]bool{}
		}
		slots[n], home[n] = len(slots), at
		plan := &p.plans[at]
		op := graph.Op{Slot: slots[n], Method: spec.Method}
		for i, arg := range n.args {
			b, ok := arg.(boundNode)
			if !ok {
				flat, err := constant(sig, i, arg)
				if err != nil {
					return nil, err
				}
				op.Args = append(op.Args, graph.Arg{Slot: -1, Const: flat})
				continue
			}
			from := b.Node()
			fromInput[n] = fromInput[n] || fromInput[from]
			op.Args = append(op.Args, graph.Arg{Slot: slots[from]})
			if from != g.input && home[from] == at || arrives[at][from] {
				continue
			}
			arrives[at][from] = true
			op.Read = append(op.Read, len(plan.In))
			plan.In = append(plan.In, graph.Edge{Number: p.edges, Slot: slots[from]})
			if from == g.input {
				p.inputs = append(p.inputs, p.edges)
			} else {
				src := ops[from]
				p.plans[src[0]].Ops[src[1]].Send = append(p.plans[src[0]].Ops[src[1]].Send, p.edges)
			}
			p.edges++
		}
		if !fromInput[n] {
			return nil, invalidCall("Compile: %s does not depend on the input of the graph; call it once, and bind its result", n)
		}
		ops[n] = [2]int{at, len(plan.Ops)}
		plan.Ops = append(plan.Ops, op)
	}
	for _, o := range g.outputs {
		src := ops[o]
		p.plans[src[0]].Ops[src[1]].Send = append(p.plans[src[0]].Ops[src[1]].Send, p.edges)
		p.outputs = append(p.outputs, p.edges)
		p.edges++
	}
	for i := range p.plans {
		p.plans[i].Size = len(slots)
	}
	return p, nil
}

// constant encodes an argument that is the same in each execution.
func constant(sig *signature, i int, arg any) ([]byte, error) {
	if _, _, isRef := refOf(arg); isRef {
		return nil, invalidCall("Compile: argument %d of %s is a reference; get it first, and bind the value", i+1, sig.name)
	}
	v, err := sig.convert(i, arg, sig.param(i))
	if err != nil {
		return nil, err
	}
	value, err := marshal.Encode(v)
	if err != nil {
		return nil, invalidCall("%s: argument %d: %v", sig.name, i+1, err)
	}
	if len(value.Refs) > 0 {
		return nil, invalidCall("Compile: argument %d of %s holds references; get them first, and bind the values", i+1, sig.name)
	}
	return marshal.Flatten(&value), nil
}
