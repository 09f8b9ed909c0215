package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/ledger"
	"github.com/goray/goray/runtime/internal/marshal"
)

// keeping is what a head with a state folder writes down: what is detached, as the recipe of how it
// was made.
type keeping struct {
	ledger *ledger.Ledger
	keys   map[core.ID]string // of actors and groups that are written, or are about to be
	code   map[string]bool    // sources that are written
	groups map[core.ID][]core.ID

	mu    sync.Mutex
	steps []func() // changes in their order, made by one goroutine: who has the mutex does not wait for the disk
	wake  chan struct{}
}

func newKeeping(l *ledger.Ledger) *keeping {
	return &keeping{ledger: l, keys: map[core.ID]string{}, code: map[string]bool{}, groups: map[core.ID][]core.ID{}, wake: make(chan struct{}, 1)}
}

// keptActor is the record of an actor.
type keptActor struct {
	Build    string
	Func     core.FuncRef // without captures
	Captures []byte
	Options  *core.Options
	Args     []keptValue
	Lost     string `json:",omitempty"` // why it cannot be made again
}

type keptValue struct {
	Flat []byte
	Any  bool
}

// keptGroup is the record of a placement group. Was are the ids that it had under other heads, by
// which records of actors may know it.
type keptGroup struct {
	core.PlacementGroup
	Was []core.ID
}

const (
	actorKeys = "actor/"
	groupKeys = "group/"
	codeKeys  = "code/"
	// maxKept is how large the arguments of one actor may be that are written down.
	maxKept = 64 << 20
)

// keep makes the constructor of a detached actor wait until the actor is written down. It reports
// false when it need not. It is called with the mutex.
func (b *Backend) keep(t *task) bool {
	k := b.kept
	if k == nil || t.spec.Kind != core.ActorStart || !t.spec.Detached || t.kept {
		return false
	}
	t.kept = true
	key := k.keys[t.spec.ID]
	if key == "" {
		key = actorKeys + rand.Text()
		k.keys[t.spec.ID] = key
	}
	record := keptActor{Build: marshal.BuildHash(), Func: *t.spec.Func, Options: t.spec.Options, Args: make([]keptValue, len(t.spec.Args))}
	record.Func.Captures, record.Func.Live = core.Value{}, nil
	captures := t.spec.Func.Captures
	refs := len(captures.Refs)
	var ids []core.ID
	for i := range t.spec.Args {
		if v := t.values[i]; v != nil {
			record.Args[i] = keptValue{v.Flat, v.Any}
			refs += len(v.Refs)
		} else {
			ids = append(ids, t.spec.Args[i].Ref)
		}
	}
	code := map[string][]byte{}
	for hash, source := range b.code {
		if !k.code[hash] {
			k.code[hash] = true
			code[hash] = source
		}
	}
	k.do(func() {
		record.Captures = marshal.Flatten(&captures)
		err := b.keepArguments(&record, ids, refs)
		for hash, source := range code {
			if err == nil {
				err = k.ledger.Set(codeKeys+hash, source)
			}
		}
		if err == nil {
			err = k.set(key, record)
		}
		b.mu.Lock()
		defer b.unlock()
		if err != nil {
			b.note("ERROR", "STATE_NOT_KEPT", t.spec.ID.String(), nil, "actor %s is not there after a restart of the head: %v", t.actor.title(), err)
		} else if record.Lost != "" {
			b.note("WARNING", "STATE_NOT_KEPT", t.spec.ID.String(), nil, "actor %s is not there after a restart of the head: %s", t.actor.title(), record.Lost)
		}
		if !b.closed && t.actor.dead == nil {
			b.argumentsReady(t)
		}
	})
	return true
}

// keepArguments adds the arguments that were objects.
func (b *Backend) keepArguments(record *keptActor, ids []core.ID, refs int) error {
	if len(ids) > 0 {
		values, err := b.Get(context.Background(), ids)
		if err != nil {
			return err
		}
		for i := range record.Args {
			if record.Args[i].Flat != nil {
				continue
			}
			v := values[0]
			values = values[1:]
			if v.Failure != nil {
				return errors.New(v.Failure.Text)
			}
			refs += len(v.Refs)
			if v.Size() > maxKept {
				record.Lost = fmt.Sprintf("argument %d of its constructor has %d MB, and at most %d MB are kept; let the constructor read it from where it lies", i+1, v.Size()>>20, maxKept>>20)
				v = core.Value{}
			}
			record.Args[i] = keptValue{marshal.Flatten(&v), v.Any}
		}
	}
	if refs > 0 {
		record.Lost = "its constructor was given references to objects, which end with the head; give it the values"
	}
	if record.Lost != "" {
		record.Args, record.Captures = nil, nil
	}
	return nil
}

// do makes a change after those before it, without the mutex.
func (k *keeping) do(change func()) {
	k.mu.Lock()
	k.steps = append(k.steps, change)
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *keeping) set(key string, record any) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return k.ledger.Set(key, text)
}

// forgetKept removes the record of an actor or a group that has ended. What the end of the head ends is
// kept. It is called with the mutex.
func (b *Backend) forgetKept(id core.ID) {
	k := b.kept
	if k == nil || b.closed || k.keys[id] == "" {
		return
	}
	key := k.keys[id]
	delete(k.keys, id)
	k.do(func() { b.keptError(k.ledger.Delete(key)) })
}

// keepGroup writes a detached placement group down. It is called with the mutex.
func (b *Backend) keepGroup(g core.PlacementGroup) {
	k := b.kept
	if k == nil || !g.Detached {
		return
	}
	if k.keys[g.ID] == "" {
		k.keys[g.ID] = groupKeys + rand.Text()
	}
	key, record := k.keys[g.ID], keptGroup{g, slices.Clone(k.groups[g.ID])}
	k.do(func() { b.keptError(k.set(key, record)) })
}

func (b *Backend) keptError(err error) {
	if err != nil {
		b.note("ERROR", "STATE_NOT_KEPT", "", nil, "the state of the head could not be written: %v; make room on the disk", err)
	}
}

// value makes the value again that a record has.
func (v keptValue) value() (core.Value, error) {
	value, err := marshal.Unflatten(v.Flat)
	value.Any = v.Any
	return value, err
}

// write makes the changes until the session ends, and those that wait then.
func (k *keeping) write(ended <-chan struct{}) {
	defer k.ledger.Close()
	for over := false; !over; {
		select {
		case <-k.wake:
		case <-ended:
			over = true
		}
		k.mu.Lock()
		steps := k.steps
		k.steps = nil
		k.mu.Unlock()
		for _, change := range steps {
			change()
		}
	}
}
