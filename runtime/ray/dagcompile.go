package ray

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/graph"
	"github.com/goray/goray/runtime/internal/marshal"
)

// maxInFlight is how many executions of a compiled graph may be under way, as in Ray: before a
// further one begins, a result is read.
const maxInFlight = 10

// CompiledDAG is a DAG whose actors wait for its input. Call Teardown when it is not needed.
type CompiledDAG[In, Out any] struct {
	graph *CompiledGraph
}

// Execute runs the graph with an input. Results come in the order of the executions.
func (c CompiledDAG[In, Out]) Execute(in In) CompiledRef[Out] {
	return CompiledRef[Out]{of: c.graph.Submit(in)}
}

// Teardown ends the loops of the actors, which are free for other calls then.
func (c CompiledDAG[In, Out]) Teardown() error { return c.graph.Teardown() }

// CompiledMultiDAG is a MultiDAG whose actors wait for its input.
type CompiledMultiDAG[In, Out any] struct {
	graph *CompiledGraph
}

// Execute runs the graph with an input; the result has a value for each output.
func (c CompiledMultiDAG[In, Out]) Execute(in In) []CompiledRef[Out] {
	refs := make([]CompiledRef[Out], c.graph.Outputs())
	result := c.graph.Submit(in)
	for i := range refs {
		refs[i] = CompiledRef[Out]{of: result, output: i}
	}
	return refs
}

// Teardown ends the loops of the actors.
func (c CompiledMultiDAG[In, Out]) Teardown() error { return c.graph.Teardown() }

// CompiledRef is a result of a compiled graph. It belongs to the process that executed the graph.
type CompiledRef[T any] struct {
	of     *GraphResult
	output int
}

// Get waits for the result. An error of a method is the error of all that depends on it, and the
// graph goes on with the next input.
func (r CompiledRef[T]) Get() (T, error) { return r.GetContext(nil) }

// GetContext is Get that obeys ctx.
func (r CompiledRef[T]) GetContext(ctx context.Context) (T, error) {
	var out T
	err := r.of.GetInto(ctx, r.output, &out)
	return out, err
}

// CompiledGraph is a compiled graph without static types.
type CompiledGraph struct {
	graph   *Graph
	session *session
	dir     string
	loops   []*Ref
	in      []*graph.Out // to the actors that take the input

	// over ends with Teardown, so that whoever reads then gives way.
	over    context.Context
	endOver context.CancelFunc

	turn     chan struct{} // is full for whoever reads, or uses what follows
	out      []*graph.In
	sent     uint64
	received uint64
	results  map[uint64][]core.Value // read, and not asked for
	partial  []core.Value            // of the execution that is being read
	broken   error
	closed   bool
	forget   func() // the end of the session as a reason for Teardown
}

// lock waits for its turn until ctx ends: another call may wait for a result for long.
func (c *CompiledGraph) lock(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *CompiledGraph) unlock() { <-c.turn }

// GraphResult is what an execution of a compiled graph gives.
type GraphResult struct {
	of     *CompiledGraph
	number uint64
	err    error
	values []core.Value
}

// Compile prepares the graph for many executions: its actors enter a loop in which they wait for
// their arguments, call their methods and pass the results on to each other, over sockets of their
// own. An execution is then a message to the first actors and one from the last, without a task for
// each call. All nodes must be exported methods of actors that are alive, and depend on the input.
// Other calls of the actors run at the same time as the loop, as in Ray; their state must bear that.
// It is an error of errors.ErrUnsupported where actors and this process are not on one machine.
func (g *Graph) Compile() (*CompiledGraph, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	if g.err != nil {
		return nil, g.err
	}
	info := s.backend.Info()
	if info.Scheme != "local" && info.Scheme != "inprocess" {
		return nil, fmt.Errorf("ray: Compile: the actors of this backend (%s) may be on other machines; use Execute of the graph itself: %w", info.Scheme, errors.ErrUnsupported)
	}
	dir, err := os.MkdirTemp(info.SessionDir, "graph")
	if err != nil {
		return nil, fmt.Errorf("ray: Compile: %w", err)
	}
	c := &CompiledGraph{graph: g, session: s, dir: dir, results: map[uint64][]core.Value{}, turn: make(chan struct{}, 1)}
	c.over, c.endOver = context.WithCancel(context.Background())
	if err := c.start(); err != nil {
		c.end(true)
		return nil, err
	}
	c.forget = s.onShutdown(func() { c.Teardown() })
	return c, nil
}

// start starts the loops and connects to them.
func (c *CompiledGraph) start() error {
	p, err := newPlanner(c.graph, c.dir)
	if err != nil {
		return err
	}
	for _, edge := range p.outputs {
		in, err := graph.Listen(c.dir, edge)
		if err != nil {
			return fmt.Errorf("ray: Compile: %w", err)
		}
		c.out = append(c.out, in)
	}
	for i, a := range p.actors {
		c.loops = append(c.loops, a.loop(c.session, p.plans[i]))
	}
	// When a loop ends before all are connected, its error is the reason.
	ctx, cancel := context.WithTimeoutCause(ambient(), 30*time.Second, errors.New("the actors have not started within 30 s"))
	ids := make([]core.ID, len(c.loops))
	for i, l := range c.loops {
		if err := l.Err(); err != nil {
			cancel()
			return err
		}
		ids[i] = l.id
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := c.session.backend.Wait(ctx, ids, 1, -1); err == nil {
			cancel()
		}
	}()
	err = c.connect(ctx, p.inputs)
	cancel()
	<-ended
	if err != nil {
		c.abort()
		return c.why(err)
	}
	return nil
}

func (c *CompiledGraph) connect(ctx context.Context, inputs []int) error {
	for _, edge := range inputs {
		out, err := graph.Dial(ctx, c.dir, edge)
		if err != nil {
			return err
		}
		c.in = append(c.in, out)
	}
	for _, in := range c.out {
		if err := in.Accept(ctx); err != nil {
			return err
		}
	}
	return nil
}

// loop starts the loop of an actor.
func (a *ActorRef) loop(s *session, plan graph.Plan) *Ref {
	spec := &core.TaskSpec{ID: s.backend.NewID(), Kind: core.ActorCall, Actor: a.ref.id, Options: new(core.DefaultActor())}
	spec.Group = core.SystemGroup
	if err := a.shipMethod(s, spec, graph.Run); err != nil {
		return errorRef(s, err)
	}
	v, err := marshal.Encode(reflect.ValueOf(plan))
	if err != nil {
		return errorRef(s, err)
	}
	spec.Args = []core.Arg{{Value: v}}
	return s.submit(spec, []*Ref{a.ref})
}

// Outputs is how many values an execution gives.
func (c *CompiledGraph) Outputs() int { return len(c.graph.outputs) }

// Submit is CompiledDAG.Execute without a type.
func (c *CompiledGraph) Submit(in any) *GraphResult {
	if c == nil {
		return &GraphResult{err: invalidCall("Execute of the zero value; make the graph with Compile")}
	}
	v, err := c.graph.checkInput(in)
	if err != nil {
		return &GraphResult{err: err}
	}
	value, err := marshal.EncodeAny(v)
	if err != nil {
		return &GraphResult{err: invalidCall("the input of the graph: %v", err)}
	}
	message, err := graph.Message(&value)
	if err != nil {
		return &GraphResult{err: invalidCall("the input of the graph: %v", err)}
	}
	ctx := ambient()
	if err := c.lock(ctx); err != nil {
		return &GraphResult{err: waitError(ctx, err)}
	}
	defer c.unlock()
	for c.sent-c.received >= maxInFlight && c.usable() == nil {
		if err := c.read(ctx); err != nil {
			return &GraphResult{err: waitError(ctx, err)}
		}
	}
	if err := c.usable(); err != nil {
		return &GraphResult{err: err}
	}
	for _, out := range c.in {
		if err := out.Send(message); err != nil {
			c.broken = c.why(err)
			return &GraphResult{err: c.broken}
		}
	}
	c.sent++
	return &GraphResult{of: c, number: c.sent}
}

func (c *CompiledGraph) usable() error {
	if c.over.Err() != nil {
		return invalidCall("the compiled graph has been torn down; compile it again")
	}
	return c.broken
}

// either is a context that ends with another one, too, for whoever looks at its error.
type either struct {
	context.Context
	other context.Context
}

// Err implements context.Context.
func (e either) Err() error {
	if err := e.Context.Err(); err != nil {
		return err
	}
	return e.other.Err()
}

// read reads the results of the next execution, in its turn. Its error is that of ctx: if the graph
// ends, usable says why.
func (c *CompiledGraph) read(ctx context.Context) error {
	for len(c.partial) < len(c.out) {
		v, err := c.out[len(c.partial)].Receive(either{ctx, c.over})
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && c.over.Err() != nil:
			return nil
		case err != nil:
			c.broken = c.why(err)
			return nil
		}
		c.partial = append(c.partial, v)
	}
	c.received++
	c.results[c.received], c.partial = c.partial, nil
	return nil
}

// GetInto waits for an output and stores it in *out.
func (r *GraphResult) GetInto(ctx context.Context, output int, out any) error {
	if r == nil {
		return invalidCall("the result is the zero value; use one that Execute returned")
	}
	if r.err != nil {
		return r.err
	}
	ctx = orAmbient(ctx)
	c := r.of
	if err := c.lock(ctx); err != nil {
		return waitError(ctx, err)
	}
	for r.values == nil {
		if values, ok := c.results[r.number]; ok {
			r.values = values
			delete(c.results, r.number)
			break
		}
		err := c.usable()
		if err == nil {
			err = c.read(ctx)
			if err != nil {
				err = waitError(ctx, err)
			}
		}
		if err != nil {
			c.unlock()
			return err
		}
	}
	v := r.values[output]
	c.unlock()
	return decodeInto(v, reflect.ValueOf(out).Elem())
}

// why finds out why the graph has come to its end: the error of the loop that ended first.
func (c *CompiledGraph) why(err error) error {
	for _, l := range c.loops {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, loopErr := GetRef(ctx, l, nil)
		cancel()
		if loopErr != nil && !errors.Is(loopErr, ErrGetTimeout) {
			return fmt.Errorf("ray: the compiled graph has ended; compile it again: %w", loopErr)
		}
	}
	return fmt.Errorf("ray: the compiled graph has ended; compile it again: %w", err)
}

// Teardown ends the loops. Results that have not been read are lost.
func (c *CompiledGraph) Teardown() error {
	if c == nil {
		return nil
	}
	c.endOver()
	c.turn <- struct{}{} // who reads gives way
	defer c.unlock()
	if !c.closed {
		c.closed = true
		c.end(false)
		c.forget()
	}
	return nil
}

// teardownPatience is how long the loops may take to see that their input has ended.
const teardownPatience = 5 * time.Second

func (c *CompiledGraph) abort() {
	for _, out := range c.in {
		out.Abort()
	}
	c.in = nil
	for _, in := range c.out {
		in.Close()
	}
	c.out = nil
}

func (c *CompiledGraph) end(now bool) {
	c.endOver()
	c.abort()
	ctx, cancel := context.WithTimeout(context.Background(), teardownPatience)
	defer cancel()
	for _, l := range c.loops {
		if now {
			_ = CancelRef(l) // it may have ended
		}
		if _, err := GetRef(ctx, l, nil); errors.Is(err, ErrGetTimeout) {
			_ = CancelRef(l)
		}
	}
	_ = os.RemoveAll(c.dir) // what stays goes with the session's directory
}
