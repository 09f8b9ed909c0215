package graph

import (
	"context"
	"io"
	"reflect"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/worker"
)

// Plan is what an actor does in each round.
type Plan struct {
	Dir  string // of the sockets
	Ops  []Op
	In   []Edge // that it reads
	Size int    // of the table of results
}

// Edge is an edge that is read, and which result it carries.
type Edge struct{ Number, Slot int }

// Op is the call of a method.
type Op struct {
	Slot   int // of its result
	Method string
	Args   []Arg
	Read   []int // of Plan.In, before the call
	Send   []int // the edges that its result goes to
}

// Arg is an argument: a result, or a value.
type Arg struct {
	Slot  int // -1: Const
	Const []byte
}

// patience is how long the processes of a graph wait for each other when it begins.
const patience = 30 * time.Second

// Run is the loop of an actor. It ends when one of its edges does, or with ctx.
func Run(state any, ctx context.Context, plan Plan) error {
	l := loop{plan: plan, out: map[int]*Out{}, slots: make([]core.Value, plan.Size)}
	defer l.close()
	if err := l.connect(ctx); err != nil {
		return err
	}
	l.state = reflect.ValueOf(state)
	if t := core.TaskFrom(ctx); t != nil {
		l.node = t.NodeID
	}
	for {
		for i := range plan.Ops {
			switch err := l.do(ctx, &plan.Ops[i]); {
			case err == io.EOF:
				return nil
			case err != nil:
				return err
			}
		}
	}
}

type loop struct {
	plan    Plan
	state   reflect.Value
	methods worker.Methods
	node    string
	in      []*In
	out     map[int]*Out
	slots   []core.Value
}

// connect makes all edges: first it listens, so that nobody waits for two processes that wait for
// each other.
func (l *loop) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, e := range l.plan.In {
		in, err := Listen(l.plan.Dir, e.Number)
		if err != nil {
			return err
		}
		l.in = append(l.in, in)
	}
	for _, op := range l.plan.Ops {
		for _, edge := range op.Send {
			out, err := Dial(ctx, l.plan.Dir, edge)
			if err != nil {
				return err
			}
			l.out[edge] = out
		}
	}
	for _, in := range l.in {
		if err := in.Accept(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *loop) close() {
	for _, in := range l.in {
		in.Close()
	}
	for _, out := range l.out {
		out.Close()
	}
}

// do carries an operation out and passes its result on.
func (l *loop) do(ctx context.Context, op *Op) error {
	for _, i := range op.Read {
		v, err := l.in[i].Receive(ctx)
		if err != nil {
			return err
		}
		l.slots[l.plan.In[i].Slot] = v
	}
	v := l.call(ctx, op)
	message, err := Message(&v)
	if err != nil {
		message, _ = Message(&core.Value{Failure: &core.Failure{Kind: core.BadCall, Func: op.Method, Text: err.Error()}}) // it can be written
	}
	// The result may share memory with the actor's state, which the next call changes.
	if l.slots[op.Slot], err = value(message[4], message[headerSize:]); err != nil {
		return err
	}
	for _, edge := range op.Send {
		if err := l.out[edge].Send(message); err != nil {
			return io.EOF // its reader has gone: whoever looks after the graph finds out why
		}
	}
	return nil
}

var options = core.DefaultActor()

func (l *loop) call(ctx context.Context, op *Op) core.Value {
	args := make([]core.Value, len(op.Args))
	for i, a := range op.Args {
		if a.Slot >= 0 {
			if args[i] = l.slots[a.Slot]; args[i].Failure != nil {
				return core.Value{Failure: args[i].Failure}
			}
			continue
		}
		v, err := marshal.Unflatten(a.Const)
		if err != nil {
			return core.Value{Failure: &core.Failure{Kind: core.BadCall, Func: op.Method, Text: err.Error()}}
		}
		args[i] = v
	}
	call := worker.Call{
		Spec: &core.TaskSpec{Kind: core.ActorCall, Method: op.Method, Options: &options},
		Args: args, State: l.state, Methods: &l.methods, Node: l.node,
	}
	v, _ := call.Run(ctx)
	return v
}
