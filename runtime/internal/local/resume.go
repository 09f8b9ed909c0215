package local

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/ledger"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/sched"
)

var _ core.Resumer = (*Backend)(nil)

// Resume implements core.Resumer. The constructors of actors run again, with the arguments that they
// had. Actors and groups get new ids; names stay.
func (b *Backend) Resume(dir string) (r core.Resumed, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, fmt.Errorf("no folder for the state: %w", err)
	}
	l, err := ledger.Open(filepath.Join(dir, "state"))
	if err != nil {
		return r, fmt.Errorf("the state of the head in %s: %w", dir, err)
	}
	if w := l.Warning(); w != "" {
		r.Lost = append(r.Lost, w)
	}
	k := newKeeping(l)
	b.mu.Lock()
	b.kept = k
	b.mu.Unlock()
	b.tasks.Go(func() { k.write(b.ended) })
	if err := l.Each(codeKeys, func(key string, source []byte) error {
		hash := strings.TrimPrefix(key, codeKeys)
		b.mu.Lock()
		defer b.mu.Unlock()
		k.code[hash] = true
		b.code[hash] = source
		return nil
	}); err != nil {
		return r, err
	}
	now := map[core.ID]core.ID{} // groups by the ids that they had
	if err := l.Each(groupKeys, func(key string, text []byte) error { return b.resumeGroup(&r, now, key, text) }); err != nil {
		return r, err
	}
	jobs := map[string]uint32{}
	err = l.Each(actorKeys, func(key string, text []byte) error { return b.resumeActor(&r, now, jobs, key, text) })
	if err == nil && r.Actors+r.Groups+len(r.Lost) > 0 {
		b.note("INFO", "HEAD_RESUMED", "", nil, "of the head before: %d detached actors, %d placement groups, %d losses", r.Actors, r.Groups, len(r.Lost))
	}
	return r, err
}

func (b *Backend) resumeGroup(r *core.Resumed, now map[core.ID]core.ID, key string, text []byte) error {
	var g keptGroup
	if err := json.Unmarshal(text, &g); err != nil {
		return fmt.Errorf("the state of the head: %s: %w", key, err)
	}
	was := append(g.Was, g.ID)
	g.ID = b.NewID()
	for _, id := range was {
		now[id] = g.ID
	}
	b.mu.Lock()
	defer b.unlock()
	b.kept.keys[g.ID], b.kept.groups[g.ID] = key, was
	if err := b.createGroup(g.PlacementGroup); err != nil {
		return fmt.Errorf("the state of the head: placement group %q: %w", g.Name, err)
	}
	b.release(g.ID, 1)
	r.Groups++
	return nil
}

func (b *Backend) resumeActor(r *core.Resumed, groups map[core.ID]core.ID, jobs map[string]uint32, key string, text []byte) error {
	var a keptActor
	if err := json.Unmarshal(text, &a); err != nil {
		return fmt.Errorf("the state of the head: %s: %w", key, err)
	}
	if a.Options == nil {
		return fmt.Errorf("the state of the head: %s is no actor", key)
	}
	title := a.Options.Name
	if title == "" {
		title = a.Func.Name
	}
	if a.Lost == "" && a.Build != marshal.BuildHash() {
		a.Lost = "it was made under another build of goray; start the head with that one"
	}
	if a.Lost != "" {
		r.Lost = append(r.Lost, fmt.Sprintf("actor %s: %s", title, a.Lost))
		return nil
	}
	spec := &core.TaskSpec{ID: b.NewID(), Kind: core.ActorStart, Func: &a.Func, Options: a.Options}
	var err error
	if a.Func.Captures, err = (keptValue{Flat: a.Captures}).value(); err != nil {
		return fmt.Errorf("the state of the head: actor %s: %w", title, err)
	}
	for _, v := range a.Args {
		value, err := v.value()
		if err != nil {
			return fmt.Errorf("the state of the head: actor %s: %w", title, err)
		}
		spec.Args = append(spec.Args, core.Arg{Value: value})
	}
	if g := core.ID(spec.Strategy.Group); g != 0 {
		id, ok := groups[g]
		if !ok {
			r.Lost = append(r.Lost, fmt.Sprintf("actor %s: its placement group was not detached, and ended with the head", title))
			b.mu.Lock()
			b.kept.keys[spec.ID] = key
			b.forgetKept(spec.ID)
			b.mu.Unlock()
			return nil
		}
		spec.Strategy.Group = sched.Group(id)
	}
	b.mu.Lock()
	b.kept.keys[spec.ID] = key
	if spec.Job = jobs[spec.Namespace]; spec.Job == 0 {
		spec.Job = b.newJob(spec.Namespace)
		jobs[spec.Namespace] = spec.Job
	}
	b.mu.Unlock()
	if _, err := b.CreateActor(spec); err != nil {
		return fmt.Errorf("the state of the head: actor %s: %w", title, err)
	}
	b.Release(spec.ID)
	r.Actors++
	return nil
}
