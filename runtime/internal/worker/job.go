package worker

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// do runs one task and sends its value. It begins at start; 0 is now. end is when it was done, if nothing
// had to be done after that, and 0 otherwise.
func (p *Process) do(j *job, start time.Duration) (end time.Duration) {
	if j.spec.Kind != core.ActorCall { // an actor keeps what its constructor was given
		p.devices.use(j.gpus)
	}
	if start == 0 {
		start = p.now()
	}
	var stored *transport.Stored
	var more []*transport.Stored
	if a := p.natives.home(j); a != nil {
		stored, more = a.call(j)
	} else {
		stored, more = p.compute(j)
	}
	if stored == nil {
		return 0 // it was given back
	}
	j.call = Call{} // of what it was given nothing is kept
	end = p.now()
	nanos := int64(end - start)
	if j.nanos > 0 {
		nanos = j.nanos
	}
	if p.natives == nil && !j.begun {
		nanos = notBegun
	}
	if p.done(j, end, nanos, stored, more...) {
		return 0
	}
	return end
}

// notBegun is what a native program says of a task whose function it has not called.
const notBegun = -1

// compute runs the task; more are its second and further results.
func (p *Process) compute(j *job) (first *transport.Stored, more []*transport.Stored) {
	if first, more, ok := p.natives.natively(j); ok {
		return first, more
	}
	return p.here(j)
}

// here runs the task in this process.
func (p *Process) here(j *job) (first *transport.Stored, more []*transport.Stored) {
	call := &j.call
	*call = Call{Spec: j.spec, Attempt: j.attempt, Node: p.info.NodeID, Fetch: p.fetch, State: p.state, Methods: &p.methods, Funcs: &p.funcs}
	if f := j.spec.Func; j.spec.Kind == core.Task && f != nil && f.IsCell { // an actor's methods must not leave its state half changed
		call.Stoppable = func(interrupt func()) { p.stoppable(j, interrupt) }
	}
	if j.small != nil {
		call.Small = j.small.room[:]
	}
	var err error
	if call.Args, err = p.arguments(j); err != nil {
		return &transport.Stored{Failure: call.failure(core.ObjectLost, err.Error())}, nil
	}
	value, state, replaced := p.natives.interpret(call, j)
	j.begun = call.Begun
	if replaced != nil {
		return replaced.first, replaced.more
	}
	if call.Flat != nil {
		j.small.Flat, j.small.Any = call.Flat, true
		j.usual = j.room != nil && call.Stoppable == nil
		return &j.small.Stored, nil
	}
	if j.spec.Kind == core.ActorStart && value.Failure == nil {
		p.become(j.spec, state)
	}
	create := p.create
	if p.guest {
		create = nil
	}
	if first, err = transport.Store(&value, create); err != nil {
		return p.noSpace(call, err), nil
	}
	for i := range call.More {
		stored, err := transport.Store(&call.More[i], create)
		if err != nil {
			// What is stored already goes with the frame, so that the driver can free it.
			return p.noSpace(call, err), append(more, first)
		}
		more = append(more, stored)
	}
	return first, more
}

func (p *Process) noSpace(call *Call, err error) *transport.Stored {
	kind := core.OutOfMemory
	if errors.Is(err, core.ErrOutOfDisk) {
		kind = core.OutOfDisk
	}
	return &transport.Stored{Failure: call.failure(kind, fmt.Sprintf("the result cannot be stored: %v", err))}
}

// noSpaceError is why the driver grants no space.
type noSpaceError struct {
	text string
	disk bool
}

func (e *noSpaceError) Error() string { return e.text }

// Is makes it what the driver's error was.
func (e *noSpaceError) Is(target error) bool {
	return target == core.ErrOutOfMemory && !e.disk || target == core.ErrOutOfDisk && e.disk
}

// become makes this process the home of an actor.
func (p *Process) become(spec *core.TaskSpec, state reflect.Value) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.actor, p.home = state, spec.ID, spec.Options
	p.executors(spec.MaxConcurrency - 1)
	p.openLanes(spec.Groups)
}

// arguments opens the values of a task. All of them are opened, so that none keeps its count.
func (p *Process) arguments(j *job) ([]core.Value, error) {
	args := make([]core.Value, len(j.values))
	var failed error
	for i, stored := range j.values {
		v, err := stored.Value(p.open)
		if err != nil && failed == nil {
			failed = fmt.Errorf("argument %d: %w", i+1, err)
		}
		args[i] = v
	}
	j.values = nil
	return args, failed
}

// collectAfter is how many bytes of shared memory are opened before the collector is asked to
// find the buffers that are not used any more: it does not see how large they are.
const collectAfter = 64 << 20

// open maps a value. The driver has counted this use; it ends with the buffer.
func (p *Process) open(s *transport.Stored) (*store.Buffer, error) {
	id := s.Object
	p.opened.Add(s.Location.Size)
	b, err := p.view.Open(s.Location, func() { p.counts.unmapped(id) })
	if err != nil {
		p.counts.unmapped(id)
	}
	return b, err
}

// create gets space for a large value from the driver.
func (p *Process) create(size int64) (*store.Draft, error) {
	var grant store.Grant
	var problem string
	var disk bool
	err := p.ask(nil, transport.Grant, func(w *transport.Writer) { w.Uint(uint64(size)) }, func(r *transport.Reader) {
		if problem = r.String(); problem == "" {
			grant = r.Grant()
		} else {
			disk = r.Bool()
		}
	})
	if err != nil {
		return nil, err
	}
	if problem != "" {
		return nil, &noSpaceError{problem, disk}
	}
	arena, err := p.view.Arena(grant)
	if err != nil {
		return nil, err
	}
	return arena.Create(size)
}

const (
	// unsentNanos is how long a task may have run whose result waits for those of others: what took
	// longer is out before the next task begins, which may end this process.
	unsentNanos = 20_000
	// unsentFor is how long a result may wait.
	unsentFor = 200 * time.Microsecond
)

// done sends a task's value. Changes of counts go first: what the task keeps must be counted
// before its arguments are let go. It reports whether the value is on its way.
func (p *Process) done(j *job, at time.Duration, nanos int64, stored *transport.Stored, more ...*transport.Stored) (sent bool) {
	j.ctx.cancel()
	p.mu.Lock()
	p.running.drop(j)
	idle := len(p.queue) == 0
	exiting := p.exiting
	sent = idle || nanos > unsentNanos || !j.mayWaitFor(p.queue[0]) || p.unsent != 0 && at-p.unsent > unsentFor
	if sent {
		p.unsent = 0
	} else if p.unsent == 0 {
		p.unsent = at
	}
	p.mu.Unlock()
	p.tell(j, nanos, stored, more)
	if sent {
		p.conn.FlushNow()
	}
	if exiting {
		p.exited()
	}
	p.rest(idle)
	return sent
}

// report is done for one of several tasks that are not done here: whoever calls it sends what waits.
func (p *Process) report(j *job, nanos int64, stored *transport.Stored, more ...*transport.Stored) {
	j.ctx.cancel()
	p.mu.Lock()
	p.running.drop(j)
	p.mu.Unlock()
	p.tell(j, nanos, stored, more)
}

func (p *Process) tell(j *job, nanos int64, stored *transport.Stored, more []*transport.Stored) {
	p.counts.flush()
	p.conn.Queue(transport.Done, uint64(j.spec.ID), func(w *transport.Writer) {
		w.Int(nanos)
		w.Stored(stored)
		w.Uint(uint64(len(more)))
		for _, s := range more {
			w.Stored(s)
		}
	})
}

// rest is what a process that is idle does for the next tasks.
func (p *Process) rest(idle bool) {
	if !idle {
		return
	}
	if p.opened.Load() > collectAfter {
		go p.collect()
	}
	p.tidyLater(tidyAfter)
}

// mayWaitFor says whether the result of a task may wait while the next one runs. Should that end this
// process, the driver takes this one for the guilty; and what may run only once would be lost with its
// result, or be run again as one that had not begun.
func (j *job) mayWaitFor(next *job) bool { return j.resembles(next) && !j.once() && !next.once() }

// once says whether a task must not be run again.
func (j *job) once() bool { return j.spec.Kind == core.Task && j.spec.MaxRetries == 0 }

// resembles says whether another task may be expected to take as long.
func (j *job) resembles(other *job) bool {
	return j.spec.Func == other.spec.Func && j.spec.Method == other.spec.Method
}
