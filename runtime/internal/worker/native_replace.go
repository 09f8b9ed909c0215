package worker

import (
	"reflect"
	"runtime"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/transport"
)

const (
	// replaceAfter is how long a call is interpreted before it is abandoned for its native form,
	// and replaceEvery how often it is looked whether that has come.
	replaceAfter = 100 * time.Millisecond
	replaceEvery = 10 * time.Millisecond
	// replacePatience is how long the interpreter may take to stop.
	replacePatience = time.Second
)

// interpreted is what Call.Run returned; zero when its goroutine was ended.
type interpreted struct {
	value core.Value
	state reflect.Value
	ok    bool
}

// interpret runs a call here. When it takes long, and its native program comes meanwhile, it is
// stopped and started again there, if it may be: replaced is the result then.
func (n *natives) interpret(call *Call, j *job) (value core.Value, state reflect.Value, replaced *nativeResult) {
	if !n.replaceable(j) {
		if n == nil || j.spec.Func == nil || j.spec.Func.Native == "" {
			value, state = call.Run(&j.ctx)
			return value, state, nil
		}
		start := time.Now()
		value, state = call.Run(&j.ctx)
		n.paced(j.spec, false, time.Since(start))
		return value, state, nil
	}
	done := make(chan interpreted, 1)
	go func() {
		var r interpreted
		defer func() { done <- r }()
		r.value, r.state = call.Run(&j.ctx)
		r.ok = true
	}()
	wait := time.NewTimer(replaceAfter)
	defer wait.Stop()
	for {
		select {
		case r := <-done:
			return r.value, r.state, n.finished(r)
		case <-wait.C:
			wait.Reset(replaceEvery)
		}
		b := n.build(j.spec)
		if b == nil {
			if !n.replaceable(j) { // there will be none
				r := <-done
				return r.value, r.state, n.finished(r)
			}
			continue
		}
		if !b.Replayable || !n.stop(j) {
			r := <-done
			return r.value, r.state, n.finished(r)
		}
		select {
		case r := <-done:
			if r.ok { // it was faster
				return r.value, r.state, nil
			}
		case <-time.After(replacePatience):
		}
		if j.ctx.Err() != nil {
			runtime.Goexit() // it was cancelled
		}
		j.values = atRest(call.Args)
		if r := n.give(b, j); r != nil && (r.first.Failure == nil || r.first.Failure.Kind != core.BadCall) {
			return value, state, r
		}
		value, state = call.Run(&j.ctx)
		return value, state, nil
	}
}

// finished ends the goroutine of a task when that of its call was ended.
func (n *natives) finished(r interpreted) *nativeResult {
	if !r.ok {
		runtime.Goexit()
	}
	return nil
}

// atRest copies arguments that were opened here for another process.
func atRest(args []core.Value) []*transport.Stored {
	values := make([]*transport.Stored, len(args))
	for i := range args {
		a := &args[i]
		values[i] = &transport.Stored{Flat: marshal.Flatten(a), Any: a.Any, Refs: a.Refs}
	}
	return values
}

// replaceable says whether a native program may still come for a task.
func (n *natives) replaceable(j *job) bool {
	spec := j.spec
	if n == nil || spec.Kind != core.Task || spec.Func == nil || spec.Func.Native == "" || spec.Tier == core.TierInterpreted || spec.MaxRetries == 0 {
		return false
	}
	b := n.look(spec.Func.Native, false)
	return b == nil
}

// stop ends the interpreted call of a job; ok is false when it cannot be.
func (n *natives) stop(j *job) (ok bool) {
	n.p.mu.Lock()
	defer n.p.mu.Unlock()
	if j.stop == nil {
		return false
	}
	j.stop()
	j.stop = nil
	return true
}
