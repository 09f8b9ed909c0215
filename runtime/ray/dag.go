package ray

import (
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// DAGNode is a call in a static graph, whose result is an R.
type DAGNode[R any] struct {
	node *GraphNode
}

// NodeOf gives an untyped node a type.
func NodeOf[R any](n *GraphNode) DAGNode[R] { return DAGNode[R]{node: n} }

// Node returns the untyped node.
func (n DAGNode[R]) Node() *GraphNode { return n.node }

// Any returns the node without its static type, for a MultiDAG of different types.
func (n DAGNode[R]) Any() DAGNode[any] { return NodeOf[any](n.Node()) }

// Bind makes a node of a graph: the function's call with these arguments, which are values,
// references, or nodes whose results they are. Nothing runs before the graph is executed.
func (r RemoteFunc[R]) Bind(args ...any) DAGNode[R] { return NodeOf[R](r.f.Bind(args...)) }

// BindCall is RemoteFunc.Bind for a method of an actor: what Call is to Remote.
func BindCall[R, T any](h ActorHandle[T], method any, args ...any) DAGNode[R] {
	return NodeOf[R](h.Actor().Bind(reflect.TypeFor[T](), reflect.TypeFor[R](), method, args...))
}

// DAG is a static graph of calls with an input and an output, to be executed again and again.
type DAG[In, Out any] struct {
	graph *Graph
}

// NewDAG makes a graph. build binds functions and methods to the node of the input, and returns the
// node of the output. What does not fit is reported by the references of Execute, and by Compile.
//
//	dag := ray.NewDAG(func(in ray.DAGNode[string]) ray.DAGNode[int] {
//		return ray.BindCall[int](model, (*Model).Predict, ray.Remote[[]int](tokenize).Bind(in))
//	})
//	n, err := ray.Get(dag.Execute("a text"))
func NewDAG[In, Out any](build func(in DAGNode[In]) DAGNode[Out]) DAG[In, Out] {
	in := NewGraphInput(reflect.TypeFor[In]())
	return DAG[In, Out]{graph: NewGraph(in, build(NodeOf[In](in)).Node())}
}

// Execute runs the graph with an input and returns at once. Each node is submitted as it would be
// by Remote or Call.
func (d DAG[In, Out]) Execute(in In) ObjectRef[Out] { return RefOf[Out](d.graph.Submit(in)[0]) }

// Compile prepares a graph of actors' methods: see Graph.Compile.
func (d DAG[In, Out]) Compile() (CompiledDAG[In, Out], error) {
	c, err := d.graph.Compile()
	return CompiledDAG[In, Out]{graph: c}, err
}

// MultiDAG is a DAG with several outputs.
type MultiDAG[In, Out any] struct {
	graph *Graph
}

// NewMultiDAG is NewDAG for several outputs; those of different types are made DAGNode[any] by Any.
func NewMultiDAG[In, Out any](build func(in DAGNode[In]) []DAGNode[Out]) MultiDAG[In, Out] {
	in := NewGraphInput(reflect.TypeFor[In]())
	var outputs []*GraphNode
	for _, n := range build(NodeOf[In](in)) {
		outputs = append(outputs, n.Node())
	}
	return MultiDAG[In, Out]{graph: NewGraph(in, outputs...)}
}

// Execute runs the graph with an input and returns at once, with a reference for each output.
func (d MultiDAG[In, Out]) Execute(in In) []ObjectRef[Out] {
	var refs []ObjectRef[Out]
	for _, r := range d.graph.Submit(in) {
		refs = append(refs, RefOf[Out](r))
	}
	return refs
}

// Compile prepares a graph of actors' methods: see Graph.Compile.
func (d MultiDAG[In, Out]) Compile() (CompiledMultiDAG[In, Out], error) {
	c, err := d.graph.Compile()
	return CompiledMultiDAG[In, Out]{graph: c}, err
}

// GraphNode is a DAGNode without a static type.
type GraphNode struct {
	function *Function
	actor    *ActorRef
	state    reflect.Type
	method   any
	result   reflect.Type // of the input, what it must be; of others, what they are read as
	args     []any
	isInput  bool
	err      error
}

// NewGraphInput is the node that stands for the input, a t, of a graph.
func NewGraphInput(t reflect.Type) *GraphNode { return &GraphNode{isInput: true, result: t} }

// boundNode is an argument that is the result of a node: a DAGNode, or a GraphNode.
type boundNode interface{ Node() *GraphNode }

// Node returns the node itself.
func (n *GraphNode) Node() *GraphNode { return n }

// Bind is RemoteFunc.Bind without a type.
func (f *Function) Bind(args ...any) *GraphNode {
	n := &GraphNode{function: f, args: args}
	if f == nil {
		n.err = invalidCall("Bind of the zero value; make the remote function with ray.Remote")
		return n
	}
	n.result = f.signature.result
	if n.err = f.err; n.err == nil {
		n.err = f.signature.checkBound(args)
	}
	return n
}

// Bind is BindCall without a type.
func (a *ActorRef) Bind(state, result reflect.Type, method any, args ...any) *GraphNode {
	n := &GraphNode{actor: a, state: state, method: method, result: result, args: args}
	if a == nil || a.err != nil || a.ref.err != nil {
		n.err = invalidCall("BindCall of a handle that is no actor's; make the actor with ray.NewActor")
		return n
	}
	sig, err := a.method(a.ref.session, &core.TaskSpec{}, state, method)
	if err == nil {
		if err = sig.checkResult(result); err == nil {
			err = sig.checkBound(args)
		}
	}
	n.err = err
	return n
}

// checkBound checks arguments of a node as far as they are known.
func (s *signature) checkBound(args []any) error {
	if !s.variadic && len(args) != len(s.params) || s.variadic && len(args) < len(s.params)-1 {
		return invalidCall("%s takes %d argument(s), got %d; its parameters are %v", s.name, len(s.params), len(args), s.params)
	}
	for i, arg := range args {
		param := s.param(i)
		if b, ok := arg.(boundNode); ok {
			switch n := b.Node(); {
			case n == nil:
				return invalidCall("%s: argument %d is the zero node; make it with Bind", s.name, i+1)
			case n.result != nil && !refFits(n.result, param):
				return invalidCall("%s: argument %d is the result of a node, %s, the parameter is %s; give a node of %s", s.name, i+1, n.result, param, param)
			}
			continue
		}
		if _, _, isRef := refOf(arg); isRef {
			continue
		}
		if _, err := s.convert(i, arg, param); err != nil {
			return err
		}
	}
	return nil
}

// Graph is a DAG or a MultiDAG without static types.
type Graph struct {
	input   *GraphNode
	outputs []*GraphNode
	order   []*GraphNode // arguments first
	err     error
}

// NewGraph makes a graph of its input and its outputs.
func NewGraph(input *GraphNode, outputs ...*GraphNode) *Graph {
	g := &Graph{input: input, outputs: outputs}
	seen := map[*GraphNode]bool{}
	var visit func(n *GraphNode)
	visit = func(n *GraphNode) {
		switch {
		case n == nil:
			g.fail(invalidCall("an output of the graph is the zero node; return nodes that Bind made"))
		case seen[n]:
		case n.isInput && n != input:
			g.fail(invalidCall("a node takes the input of another graph; bind it within the function that builds this one"))
		default:
			seen[n] = true
			for _, arg := range n.args {
				if b, ok := arg.(boundNode); ok {
					visit(b.Node())
				}
			}
			g.fail(n.err)
			if !n.isInput {
				g.order = append(g.order, n)
			}
		}
	}
	if len(outputs) == 0 {
		g.fail(invalidCall("the graph has no outputs; return at least one node"))
	}
	for _, o := range outputs {
		visit(o)
		if o == input {
			g.fail(invalidCall("an output of the graph is its input; bind something to it"))
		}
	}
	return g
}

func (g *Graph) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

// checkInput makes the input what the graph takes.
func (g *Graph) checkInput(in any) (reflect.Value, error) {
	v := reflect.ValueOf(in)
	t := g.input.result
	if !v.IsValid() {
		return reflect.Zero(t), nil
	}
	c, err := marshal.Convert(v, t)
	if err != nil {
		return v, invalidCall("the input of the graph: %v; give %s", err, withArticle(t))
	}
	return c, nil
}

// Submit executes the graph and returns a reference for each output.
func (g *Graph) Submit(in any) []*Ref {
	refs := make([]*Ref, len(g.outputs))
	s := currentSession()
	err := g.err
	if s == nil {
		err = notInitialized()
	}
	var input reflect.Value
	if err == nil {
		input, err = g.checkInput(in)
	}
	if err != nil {
		for i := range refs {
			refs[i] = errorRef(s, err)
		}
		return refs
	}
	results := map[*GraphNode]*Ref{}
	for _, n := range g.order {
		args := make([]any, len(n.args))
		for i, arg := range n.args {
			args[i] = arg
			if b, ok := arg.(boundNode); ok {
				if b.Node().isInput {
					args[i] = input.Interface()
				} else {
					args[i] = results[b.Node()]
				}
			}
		}
		if n.function != nil {
			results[n] = n.function.Submit(args...)
		} else {
			results[n] = n.actor.Call(n.state, n.result, n.method, args...)
		}
	}
	for i, o := range g.outputs {
		refs[i] = results[o]
	}
	return refs
}

// String lists the calls in the order in which they are submitted.
func (g *Graph) String() string {
	text := ""
	for i, n := range g.order {
		if i > 0 {
			text += " → "
		}
		text += n.String()
	}
	return text
}

// String names the function or the method.
func (n *GraphNode) String() string {
	switch {
	case n == nil:
		return "nil"
	case n.isInput:
		return "input"
	case n.function != nil:
		return n.function.String()
	}
	name := methodName(n.method)
	if name == "" {
		name = "method"
	}
	return fmt.Sprintf("%s of %s", name, n.actor)
}
