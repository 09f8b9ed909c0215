package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Call is one execution of a task.
type Call struct {
	Spec    *core.TaskSpec
	Args    []core.Value  // resolved, in the order of Spec.Args
	State   reflect.Value // of an actor call
	Methods *Methods      // of State; nil: looked up each time
	Funcs   *Funcs        // nil: looked up each time
	Attempt int
	Node    string
	Fetch   func(hash string) ([]byte, error)
	// More is set by Run: the second and further results, as many as Spec.Returns has ids.
	More []core.Value
	// Small, if not nil, is memory for the bytes of a small result: Run then returns no value, and Flat
	// is what Flatten of it would be, with its type.
	Small, Flat []byte
	// Begun is set by Run when it calls the function.
	Begun bool
	// Stoppable, if not nil, is told how to stop the function, where that is possible.
	Stoppable func(interrupt func())

	direct direct // how to call the function without reflection; nil: with it
	out    result
}

// direct calls a function, a method with its receiver, with its arguments; what it returns besides an
// error is in Call.out.
type direct func(c *Call, receiver unsafe.Pointer, in []reflect.Value) error

// result is what a direct call has returned: nothing, or one of these.
type result struct {
	number int
	text   string
	float  float64
	truth  bool
	value  reflect.Value // of it
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	plainType   = reflect.TypeFor[func()]()
)

// Run executes the task and returns its value, which is a Failure when there is none. For
// ActorStart it also returns the state.
func (c *Call) Run(ctx context.Context) (value core.Value, state reflect.Value) {
	defer func() {
		if r := recover(); r != nil {
			value = core.Value{Failure: c.panicked(r)}
		}
	}()
	fn, in, err := c.prepare(ctx)
	if err != nil {
		return core.Value{Failure: c.failure(core.BadCall, err.Error())}, state
	}
	out, err := c.invoke(fn, in)
	if c.direct != nil {
		return c.finishDirect(ctx, err), state
	}
	return c.finish(ctx, out)
}

// invoke is a frame of its own, so that traces can be cut there.
func (c *Call) invoke(fn reflect.Value, in []reflect.Value) ([]reflect.Value, error) {
	if c.Stoppable != nil && c.Spec.Func != nil && c.Spec.Func.IsCell {
		if s, ok := core.CurrentCode().(core.Stopper); ok {
			interrupt, leave := s.Enter()
			defer leave()
			c.Stoppable(interrupt)
		}
	}
	c.Begun = true
	if c.direct != nil {
		var receiver unsafe.Pointer
		if c.Spec.Method != "" {
			receiver = c.State.UnsafePointer()
		}
		return nil, c.direct(c, receiver, in)
	}
	if len(in) == 0 && fn.Type() == plainType {
		fn.Interface().(func())()
		return nil, nil
	}
	return fn.Call(in), nil
}

func (c *Call) prepare(ctx context.Context) (fn reflect.Value, in []reflect.Value, err error) {
	if c.Spec.Method != "" {
		if fn, c.direct = c.method(); !fn.IsValid() {
			return fn, nil, fmt.Errorf("%s has no method %s; check the name", c.State.Type(), c.Spec.Method)
		}
	} else {
		if fn, err = c.function(); err != nil {
			return fn, nil, err
		}
		if c.Spec.Kind == core.ActorCall {
			receiver, err := receiverFor(c.State, fn.Type())
			if err != nil {
				return fn, nil, err
			}
			in = append(in, receiver)
		}
	}
	t := fn.Type()
	if len(in) < t.NumIn() && t.In(len(in)) == contextType {
		if lazy, ok := ctx.(interface{ Made() context.Context }); ok {
			ctx = lazy.Made()
		}
		in = append(in, reflect.ValueOf(ctx))
	}
	for i := range c.Args {
		if f := c.Args[i].Failure; f != nil {
			return fn, nil, errors.New(f.Text)
		}
		param := parameter(t, len(in))
		if param == nil {
			return fn, nil, fmt.Errorf("%d arguments are too many for %s; check the call", len(c.Args), t)
		}
		v, err := marshal.Decode(c.Args[i], param)
		if err != nil {
			return fn, nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		in = append(in, v)
	}
	if c.direct != nil && (len(in) < t.NumIn() || c.Small == nil || len(c.Spec.Returns) > 0) {
		c.direct = nil
	}
	return fn, in, nil
}

// method looks up the method of an actor call, which costs more than most calls.
func (c *Call) method() (reflect.Value, direct) {
	if c.Methods == nil {
		return methodByName(c.State, c.Spec.Method), nil
	}
	return c.Methods.of(c.State, c.Spec.Method)
}

// function finds the function of a call, which takes as long as a short one.
func (c *Call) function() (reflect.Value, error) {
	ref := c.Spec.Func
	if c.Funcs == nil || ref.IsCell { // those of cells may be made anew
		return marshal.Resolve(ref, c.Fetch)
	}
	last := c.Funcs.last.Load()
	if last == nil || last.ref != ref {
		fn, err := marshal.Resolve(ref, c.Fetch)
		if err != nil {
			return fn, err
		}
		last = &knownFunc{ref, fn, directFunction(fn)}
		c.Funcs.last.Store(last)
	}
	if c.Spec.Kind == core.Task {
		c.direct = last.direct
	}
	return last.fn, nil
}

// Funcs remembers the compiled function that was called last: many tasks of one follow each other. The
// zero value works.
type Funcs struct{ last atomic.Pointer[knownFunc] }

type knownFunc struct {
	ref    *core.FuncRef
	fn     reflect.Value
	direct direct
}

// Methods remembers the methods of an actor's state. The zero value works.
type Methods struct {
	last atomic.Pointer[boundMethod] // an actor is often called in a loop
	all  sync.Map                    // name → *boundMethod
}

// forget makes m look all methods up again: the state is another one.
func (m *Methods) forget() {
	m.last.Store(nil)
	m.all.Clear()
}

type boundMethod struct {
	name   string
	fn     reflect.Value
	direct direct
}

func (m *Methods) of(state reflect.Value, name string) (reflect.Value, direct) {
	if last := m.last.Load(); last != nil && last.name == name {
		return last.fn, last.direct
	}
	if known, ok := m.all.Load(name); ok {
		last := known.(*boundMethod)
		m.last.Store(last)
		return last.fn, last.direct
	}
	fn := methodByName(state, name)
	if !fn.IsValid() {
		return fn, nil
	}
	bound := &boundMethod{name, fn, directMethod(state, name)}
	m.all.Store(name, bound)
	return fn, bound.direct
}

func parameter(t reflect.Type, i int) reflect.Type {
	switch {
	case t.IsVariadic() && i >= t.NumIn()-1:
		return t.In(t.NumIn() - 1).Elem()
	case i < t.NumIn():
		return t.In(i)
	}
	return nil
}

// receiverFor makes the first argument of a method expression from the actor's state.
func receiverFor(state reflect.Value, t reflect.Type) (reflect.Value, error) {
	if t.NumIn() > 0 {
		want := t.In(0)
		if state.Type().AssignableTo(want) {
			return state, nil
		}
		if state.Kind() == reflect.Pointer && state.Type().Elem().AssignableTo(want) {
			return state.Elem(), nil
		}
	}
	return state, fmt.Errorf("the method is a %s, the actor holds a %s; call a method of that type", t, state.Type())
}

func (c *Call) finish(ctx context.Context, out []reflect.Value) (core.Value, reflect.Value) {
	var none reflect.Value
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		if !out[n-1].IsNil() {
			return core.Value{Failure: c.returned(ctx, out[n-1].Interface().(error))}, none
		}
		out = out[:n-1]
	}
	if c.Spec.Kind == core.ActorStart {
		state, err := actorState(out)
		if err != nil {
			return core.Value{Failure: c.failure(core.BadCall, err.Error())}, none
		}
		return marshal.None(), state
	}
	if len(out) == 0 {
		if c.Small != nil {
			c.Flat = noneFlat()
			return core.Value{}, none
		}
		return marshal.None(), none
	}
	if c.Small != nil && len(c.Spec.Returns) == 0 {
		if flat, ok := marshal.FlatAny(c.Small[:0], out[0]); ok {
			c.Flat = flat
			return core.Value{}, none
		}
	}
	if n := len(c.Spec.Returns) + 1; n > 1 && n != len(out) {
		return core.Value{Failure: c.failure(core.BadCall, fmt.Sprintf("it returned %d results, not %d", len(out), n))}, none
	}
	value, err := marshal.EncodeAny(out[0])
	for i := 1; i <= len(c.Spec.Returns) && err == nil; i++ {
		var v core.Value
		v, err = marshal.EncodeAny(out[i])
		c.More = append(c.More, v)
	}
	if err != nil {
		return core.Value{Failure: c.failure(core.BadCall, fmt.Sprintf("the result cannot be encoded: %v", err))}, none
	}
	return value, none
}

// finishDirect is finish for a direct call, which has returned err.
func (c *Call) finishDirect(ctx context.Context, err error) core.Value {
	if err != nil {
		return core.Value{Failure: c.returned(ctx, err)}
	}
	if !c.out.value.IsValid() {
		c.Flat = noneFlat()
		return core.Value{}
	}
	if flat, ok := marshal.FlatAny(c.Small[:0], c.out.value); ok {
		c.Flat = flat
		return core.Value{}
	}
	value, err := marshal.EncodeAny(c.out.value)
	if err != nil {
		return core.Value{Failure: c.failure(core.BadCall, fmt.Sprintf("the result cannot be encoded: %v", err))}
	}
	return value
}

// noneFlat is what a function without a result returns. It is not to be changed.
var noneFlat = sync.OnceValue(func() []byte { return marshal.Flatten(new(marshal.None())) })

// actorState makes the constructor's result addressable, so that pointer methods can be called.
func actorState(out []reflect.Value) (reflect.Value, error) {
	if len(out) == 0 {
		return reflect.Value{}, errors.New("the constructor returns nothing; return the actor's state")
	}
	v := out[0]
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return v, errors.New("the constructor returned nil; return the actor's state")
		}
		if v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		return v, nil
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p, nil
}

// returned makes the failure of an error that the function returned.
func (c *Call) returned(ctx context.Context, err error) *core.Failure {
	if ctx.Err() == context.DeadlineExceeded && c.Spec.Timeout > 0 && errors.Is(err, context.DeadlineExceeded) {
		return c.failure(core.DeadlinePassed, core.Late(c.Spec.Timeout, true))
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return c.failure(core.Cancelled, "the task was cancelled while it ran")
	}
	f := c.failure(core.UserError, err.Error())
	f.Cause = marshal.ErrorTree(err)
	// An exception of another language brings its own trace.
	if e, ok := err.(interface {
		Trace() (stack, file string, line int)
	}); ok {
		stack, file, line := e.Trace()
		if f.Stack = stack; file != "" {
			f.Cell, f.Line = file, line
		}
	}
	return f
}

func (c *Call) panicked(r any) *core.Failure {
	f := c.failure(core.UserPanic, panicText(r))
	f.Stack = string(trimStack(debug.Stack()))
	if err, ok := r.(error); ok {
		f.Cause = marshal.ErrorTree(err)
	}
	if frames := core.Trace(r); len(frames) > 0 {
		f.Stack = frameText(frames)
		for _, frame := range frames {
			if frame.Cell != "" {
				f.Cell, f.Line = frame.Cell, frame.Line
				break
			}
		}
	} else if file, line := panicPlace(); file != "" {
		f.Cell, f.Line = file, line
	}
	return f
}

func (c *Call) failure(kind core.FailureKind, text string) *core.Failure {
	f := &core.Failure{Kind: kind, Text: text, Func: c.Spec.Label(), Node: c.Node, PID: os.Getpid(), Attempt: c.Attempt}
	if c.Spec.Func != nil {
		f.Cell, f.Line = c.Spec.Func.Cell, c.Spec.Func.Line
	}
	return f
}

func panicText(r any) string {
	switch v := r.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case string:
		return v
	}
	return fmt.Sprintf("%#v", r)
}

func frameText(frames []core.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.Cell, f.Line)
	}
	return b.String()
}

// panicPlace finds the innermost frame of user code below the panic: the first after Go's own.
func panicPlace() (file string, line int) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		user := !strings.HasPrefix(f.Function, "runtime.") && !strings.HasPrefix(f.Function, "reflect.")
		if user {
			if strings.HasSuffix(f.Function, "worker.(*Call).invoke") {
				return "", 0
			}
			if !strings.HasPrefix(f.Function, "github.com/goray/goray/runtime/internal/worker.") {
				return filepath.Base(f.File), f.Line
			}
		}
		if !more {
			return "", 0
		}
	}
}

// trimStack cuts the frames of the worker itself from the end of a trace.
func trimStack(stack []byte) []byte {
	s := string(stack)
	if i := strings.Index(s, "\npanic("); i >= 0 {
		s = s[i+1:]
	}
	const here = "\ngithub.com/goray/goray/runtime/internal/worker."
	for _, caller := range []string{"\nreflect.Value.call(", here + "direct", here + "(*Call).invoke("} {
		if i := strings.Index(s, caller); i >= 0 {
			s = s[:i+1]
		}
	}
	return []byte(s)
}
