package worker

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/transport"
)

// What a native program does with the state of an actor.

// adopt makes a native program the home of an actor. What it needs may have to be asked for, so that
// it must not happen where answers are read.
func (p *Process) adopt(id core.ID, r *transport.Reader) {
	j := &job{attempt: int(r.Uint())}
	for range r.Uint() {
		j.gpus = append(j.gpus, int(r.Uint()))
	}
	j.spec, _ = r.Spec(id)
	stored := r.Stored()
	go func() {
		_, err := marshal.Resolve(j.spec.Func, p.Code) // sets the captured variables
		var state reflect.Value
		if err == nil {
			state, err = stateOf(stored, ownProgram().State)
		}
		if err == nil {
			p.devices.use(j.gpus)
			p.become(j.spec, state)
		}
		p.say(id, &transport.Stored{}, err)
	}()
}

// yield gives the actor's state away, unless it is larger than limit.
func (p *Process) yield(id core.ID, limit int64) {
	state, err := marshal.EncodeState(p.state, limit)
	p.say(id, &transport.Stored{Flat: marshal.Flatten(&state), Refs: state.Refs}, err)
}

// say answers about the state; counts of its references go first.
func (p *Process) say(id core.ID, stored *transport.Stored, err error) {
	if err != nil {
		stored = &transport.Stored{Failure: &core.Failure{Kind: core.BadCall, Text: err.Error()}}
	}
	p.counts.flush()
	p.conn.Send(transport.Done, uint64(id), func(w *transport.Writer) {
		w.Int(0)
		w.Stored(stored)
		w.Uint(0)
	})
	p.conn.Flush()
}
