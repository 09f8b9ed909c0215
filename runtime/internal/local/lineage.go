package local

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// origin says how an object came to be.
type origin uint8

const (
	fromTask origin = iota
	fromPut
	fromCall
	fromArgument
)

// recipe is a task that has finished, kept as long as one of its results in shared memory is: it
// makes them again when they are lost. What it refers to is counted by object.lineage: of an
// object that nobody refers to any more only its own recipe is kept.
type recipe struct {
	spec    *core.TaskSpec
	values  []*transport.Stored
	attempt int   // in which it succeeded the last time
	results int   // objects that have it
	bytes   int64 // about what it takes
	running bool
}

const (
	// lineageBytes bounds what recipes take; the oldest are forgotten.
	lineageBytes = 64 << 20
	envLineage   = "RAY_max_lineage_bytes"
	// recipeBytes is about what a recipe takes besides its arguments.
	recipeBytes = 1200
)

func maxLineage() int64 {
	if n, err := strconv.ParseInt(os.Getenv(envLineage), 10, 64); err == nil && n >= 0 {
		return n
	}
	return lineageBytes
}

// remember keeps how a task's results were made, if they can be lost. Its arguments are still
// pinned.
func (b *Backend) remember(t *task) {
	if r := t.seldom().recipe; r != nil {
		if r.running, r.attempt = false, t.attempt(); r.results == 0 {
			b.forget(r)
		}
		return
	}
	if t.spec.Kind != core.Task || !b.anyShared(t) || sched.RetryDelay(t.attempt(), t.spec.MaxRetries) == sched.NoRetry {
		return
	}
	r := &recipe{spec: t.spec, values: t.values, attempt: t.attempt(), bytes: recipeBytes}
	for _, id := range append([]core.ID{t.spec.ID}, t.spec.Returns...) {
		if o := b.objects.at(id); o != nil && o.value != nil && o.value.Shared {
			o.recipe = r
			r.results++
		}
	}
	for _, v := range t.values {
		if v != nil {
			r.bytes += int64(len(v.Flat))
		}
	}
	for id := range t.needs() {
		if o := b.objects.at(id); o != nil {
			o.lineage++
		}
	}
	b.recipes = append(b.recipes, r)
	b.recipeBytes += r.bytes
	for b.recipeBytes > b.maxLineage && len(b.recipes) > 0 {
		oldest := b.recipes[0]
		b.recipes = b.recipes[1:]
		b.forget(oldest)
	}
}

// anyShared reports whether a result of a task lies in shared memory.
func (b *Backend) anyShared(t *task) bool {
	if o := b.objects.at(t.spec.ID); o != nil && o.value.Shared {
		return true
	}
	for _, id := range t.spec.Returns {
		if o := b.objects.at(id); o != nil && o.value.Shared {
			return true
		}
	}
	return false
}

// needs yields everything that a task refers to, once for each time it is counted.
func (t *task) needs() func(yield func(core.ID) bool) {
	return func(yield func(core.ID) bool) {
		for i := range t.spec.Args {
			if t.values[i] == nil {
				if !yield(t.spec.Args[i].Ref) {
					return
				}
				continue
			}
			for _, nested := range t.values[i].Refs {
				if !yield(nested) {
					return
				}
			}
		}
		for _, nested := range captured(t.spec) {
			if !yield(nested) {
				return
			}
		}
	}
}

// forget gives up a recipe, and what was kept for it alone.
func (b *Backend) forget(r *recipe) {
	if r.spec == nil {
		return // it is forgotten already
	}
	for _, id := range append([]core.ID{r.spec.ID}, r.spec.Returns...) {
		if o := b.objects.at(id); o != nil && o.shelf != nil && o.recipe == r {
			o.recipe = nil
		}
	}
	t := task{spec: r.spec, values: r.values}
	r.spec, r.values = nil, nil
	b.recipeBytes -= r.bytes
	for id := range t.needs() {
		if o := b.objects.at(id); o != nil {
			if o.lineage--; o.lineage == 0 && o.refs <= 0 && o.value != nil {
				b.drop(o)
			}
		}
	}
	if b.forgotten++; b.forgotten > 1024 && b.forgotten > len(b.recipes)/2 {
		b.forgotten = 0
		b.recipes = slices.DeleteFunc(b.recipes, func(r *recipe) bool { return r.spec == nil })
	}
}

// unrecipe says that an object does not need its recipe any more.
func (b *Backend) unrecipe(o *object) {
	r := o.recipe
	if o.recipe = nil; r == nil {
		return
	}
	if r.results--; r.results == 0 && !r.running {
		b.forget(r)
	}
}

// recover has a lost object computed again. What comes of it settles the object.
func (b *Backend) recover(o *object) {
	r := o.recipe
	switch {
	case r == nil || r.spec == nil:
		b.lose(o, o.lossText())
		return
	case r.running:
		return
	case sched.RetryDelay(r.attempt, r.spec.MaxRetries) == sched.NoRetry:
		b.lose(o, fmt.Sprintf("object %s is lost, and %s has been executed %d times, as often as its MaxRetries %d allows", o.id, r.spec.Label(), r.attempt+1, r.spec.MaxRetries))
		return
	}
	r.running = true
	b.stats.reconstructed++
	t := &task{spec: r.spec, values: r.values, retries: int32(r.attempt + 1)}
	t.rare.Store(&rare{recipe: r})
	b.pending.set(t.spec.ID, t)
	for id := range t.needs() {
		b.retain(id)
	}
	for _, id := range t.references() {
		if arg := b.objects.at(id); arg != nil && arg.value == nil {
			arg.depend(t)
		}
	}
	b.plan(t)
	if t.missing == 0 {
		b.argumentsReady(t)
	}
}

// lose says that an object is gone for good.
func (b *Backend) lose(o *object, why string) {
	if o.damage != "" {
		why = o.damage + "; " + why
	}
	b.settle(o.id, &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: why}})
}

// recoverArguments has the lost arguments of a task computed before it asks for resources, which
// they may need themselves. It reports whether there are some.
func (b *Backend) recoverArguments(t *task) bool {
	var lost []*object
	for i := range t.spec.Args {
		if t.values[i] != nil {
			continue
		}
		if o := b.objects.at(t.spec.Args[i].Ref); o != nil && o.isLost() {
			lost = append(lost, o)
			o.depend(t)
		}
	}
	if len(lost) == 0 {
		return false
	}
	t.missing++ // none of them goes on with the task before all have been looked at
	for _, o := range lost {
		b.recover(o)
	}
	if t.missing--; t.missing == 0 {
		b.argumentsReady(t)
	}
	return true
}
