package ray

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// StreamFunc is a function that runs as tasks, whose results are Ts that come one after another.
type StreamFunc[T any] struct {
	f *StreamFunction
}

// RemoteStream makes f remote: any function func([context.Context,] args…) iter.Seq[T], or
// iter.Seq2[T, error], whose first error ends the stream. What does not fit is reported by the
// streams of its calls.
//
//	lines := ray.RemoteStream[string](readLines)
//	for ref, err := range lines.Remote(path).Refs() { … } // while the task still reads
//
// A task of a stream is not repeated when its worker crashes, as some of its results have been seen.
func RemoteStream[T any](f any) StreamFunc[T] {
	return StreamFunc[T]{f: NewStreamFunction(f, reflect.TypeFor[T]())}
}

// Options returns a copy with the options changed.
func (s StreamFunc[T]) Options(opts ...Option) StreamFunc[T] {
	return StreamFunc[T]{f: s.f.With(opts...)}
}

// Ahead returns a copy whose tasks wait when n results have not been taken. Default: 16.
func (s StreamFunc[T]) Ahead(n int) StreamFunc[T] { return StreamFunc[T]{f: s.f.Ahead(n)} }

// Remote submits a call and returns at once. Arguments are those of RemoteFunc.Remote.
func (s StreamFunc[T]) Remote(args ...any) Stream[T] { return Stream[T]{flow: s.f.Submit(args...)} }

// Stream is the results of one call. It is read by one process, once.
type Stream[T any] struct {
	flow *Flow
}

// Flow returns the stream without its type.
func (s Stream[T]) Flow() *Flow { return s.flow }

// Next waits for the next result; ok is false at the end. Results that came before an error are
// there before it. It obeys the interrupt of the running cell.
func (s Stream[T]) Next() (ref ObjectRef[T], ok bool, err error) { return s.NextContext(nil) }

// NextContext is Next that obeys ctx: when it ends, no result has been lost.
func (s Stream[T]) NextContext(ctx context.Context) (ref ObjectRef[T], ok bool, err error) {
	r, err := s.Flow().Next(ctx)
	return RefOf[T](r), r != nil, err
}

// Refs yields the results as references, while the task runs. After an error it ends. Breaking
// off cancels the task.
func (s Stream[T]) Refs() iter.Seq2[ObjectRef[T], error] {
	return func(yield func(ObjectRef[T], error) bool) {
		defer s.Close()
		for {
			ref, ok, err := s.Next()
			if !ok && err == nil || !yield(ref, err) || err != nil {
				return
			}
		}
	}
}

// Values is Refs with the values themselves.
func (s Stream[T]) Values() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for ref, err := range s.Refs() {
			var v T
			if err == nil {
				v, err = Get(ref)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Close cancels the task, if it still runs, and drops what was not taken.
func (s Stream[T]) Close() error { return s.Flow().Close() }

// StreamFunction is a StreamFunc without a static type.
type StreamFunction struct {
	fn        Func
	signature signature
	options   []Option
	ahead     int
	err       error
}

// resultsAhead is how many results of a stream may wait to be taken.
const resultsAhead = 16

// NewStreamFunction makes f remote, whose results are read as elem.
func NewStreamFunction(f any, elem reflect.Type) *StreamFunction {
	s := &StreamFunction{ahead: resultsAhead}
	ref, err := marshal.Describe(f)
	if err != nil {
		s.err = invalidCall("RemoteStream: %v; give it a function", err)
		return s
	}
	if s.signature, s.err = newSignature(ref.Name, reflect.TypeOf(f), 0); s.err != nil {
		return s
	}
	r := s.signature.result
	if len(s.signature.more) > 0 || r == nil || !yields(r, elem) {
		s.err = invalidCall("%s is a %s, which gives no stream of %v; return an iter.Seq[%v] or an iter.Seq2[%v, error]", ref.Name, s.signature.whole, elem, elem, elem)
		return s
	}
	s.fn, s.err = CaptureFunc(f)
	return s
}

// yields reports whether t is an iterator over elems, with or without errors.
func yields(t, elem reflect.Type) bool {
	if t.Kind() != reflect.Func || t.NumIn() != 1 || t.NumOut() != 0 || t.In(0).Kind() != reflect.Func {
		return false
	}
	yield := t.In(0)
	n := yield.NumIn()
	return yield.NumOut() == 1 && yield.Out(0).Kind() == reflect.Bool && (n == 1 || n == 2 && yield.In(1) == errorType) &&
		(elem == nil || yield.In(0) == elem || elem == reflect.TypeFor[any]())
}

// With is StreamFunc.Options.
func (s *StreamFunction) With(opts ...Option) *StreamFunction {
	c := *s
	c.options = append(c.options[:len(c.options):len(c.options)], opts...)
	return &c
}

// Ahead is StreamFunc.Ahead.
func (s *StreamFunction) Ahead(n int) *StreamFunction {
	c := *s
	if c.ahead = n; n < 1 && c.err == nil {
		c.err = invalidCall("%s: Ahead(%d); at least 1 result must have room", s.signature.name, n)
	}
	return &c
}

// Submit is StreamFunc.Remote.
func (s *StreamFunction) Submit(args ...any) *Flow {
	f := &Flow{}
	session := currentSession()
	switch {
	case session == nil:
		f.err = notInitialized()
	case s == nil:
		f.err = invalidCall("the remote stream is the zero value; make it with ray.RemoteStream")
	case s.err != nil:
		f.err = s.err
	default:
		// The same checks as of any call, before anything is submitted.
		_, f.err = s.signature.bind(session, &core.TaskSpec{}, args)
	}
	if f.err != nil {
		return f
	}
	f.line = NewLine(s.ahead)
	opts := append([]Option{MaxRetries(0), Name(s.signature.name)}, s.options...)
	f.task = NewFunction(pourStream, nil).With(opts...).Submit(s.fn, f.line, args)
	// Nobody reads a stream that cannot be reached: its task would wait for room for ever.
	runtime.AddCleanup(f, func(s supply) { go s.stop() }, f.supply)
	return f
}

// pourStream is the task of a stream.
func pourStream(ctx context.Context, fn Func, line *Line, args []any) error {
	f, err := fn.Value()
	if err != nil {
		return err
	}
	v := reflect.ValueOf(f)
	in, err := streamArguments(ctx, v.Type(), args)
	if err != nil {
		return err
	}
	out := v.Call(in)
	if n := len(out); n == 2 && !out[1].IsNil() {
		return out[1].Interface().(error)
	}
	var failed error
	put := func(item reflect.Value) bool {
		ref := PutRef(item.Interface())
		if failed = ref.Err(); failed == nil {
			failed = line.Offer(ctx, true, ref)
		}
		return failed == nil
	}
	if out[0].Type().In(0).NumIn() == 1 {
		for item := range out[0].Seq() {
			if !put(item) {
				break
			}
		}
		return failed
	}
	for item, e := range out[0].Seq2() {
		if e.IsValid() && !e.IsNil() {
			return e.Interface().(error)
		}
		if !put(item) {
			break
		}
	}
	return failed
}

// streamArguments are the arguments of the function, with references in the place of values
// resolved.
func streamArguments(ctx context.Context, t reflect.Type, args []any) ([]reflect.Value, error) {
	sig, err := newSignature("", t, 0)
	if err != nil {
		return nil, err
	}
	var in []reflect.Value
	if t.NumIn() > len(sig.params) {
		in = append(in, reflect.ValueOf(ctx))
	}
	for i, arg := range args {
		param := sig.param(i)
		if ref, _, ok := refOf(arg); ok && !isRefType(param) {
			if arg, err = GetRef(ctx, ref, param); err != nil {
				return nil, fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		v, err := sig.convert(i, arg, param)
		if err != nil {
			return nil, err
		}
		in = append(in, v)
	}
	return in, nil
}

// Flow is a Stream without a static type.
type Flow struct {
	supply
	err error

	once sync.Once
	over context.Context // ends with the task
}

// supply is where the results of a stream come from.
type supply struct {
	line *Line // of references to the results; the task waits while it is full
	task *Ref
}

func (s supply) stop() error {
	if s.line == nil {
		return nil
	}
	err := CancelRef(s.task)
	_ = s.line.Close() // an actor that has died already is as good
	return err
}

// Next waits for the next result; nil without an error is the end.
func (f *Flow) Next(ctx context.Context) (*Ref, error) {
	if f == nil {
		return nil, invalidCall("the stream is the zero value; use one that Remote returned")
	}
	if f.err != nil {
		return nil, f.err
	}
	ctx = orAmbient(ctx)
	f.once.Do(f.watch)
	for {
		over := f.over.Err() != nil
		// What the task has put is there when it has ended: it waits for each.
		refs, err := f.take(ctx, !over)
		switch {
		case err == nil && len(refs) > 0:
			return refs[0], nil
		case err != nil:
			return nil, err
		case over:
			_, err := GetRef(ctx, f.task, nil)
			return nil, err
		}
	}
}

// take takes one reference, or none when it does not wait or the task ends meanwhile.
func (f *Flow) take(ctx context.Context, wait bool) ([]*Ref, error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	if wait {
		defer context.AfterFunc(f.over, cancel)()
	}
	refs, left, err := f.line.take(inner, wait, 1)
	if left.Ref() != nil && ctx.Err() == nil {
		// The task has ended. What was taken meanwhile must be back before the last look.
		if _, err := GetContext(ctx, left); err != nil {
			return nil, causeOf(err)
		}
	}
	if err != nil && ctx.Err() == nil && (inner.Err() != nil || err == ErrQueueEmpty) {
		return nil, nil
	}
	return refs, err
}

// watch notices the end of the task.
func (f *Flow) watch() {
	over, end := context.WithCancel(context.Background())
	f.over = over
	task := f.task
	go func() { // it must not hold the stream, which may be given up before its task ends
		defer end()
		_, _ = WaitRefs(context.Background(), []*Ref{task})
	}()
}

// Close is Stream.Close.
func (f *Flow) Close() error {
	if f == nil {
		return nil
	}
	return f.stop()
}
