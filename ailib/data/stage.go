package data

import (
	"github.com/goray/goray/runtime/ray"
)

// stage runs fused steps as one task, or one call of an actor, per block.
type stage struct {
	x     *executor
	in    stream
	limit int64 // rows needed of each fragment; negative for all
	index int

	chain   ray.ObjectRef[*chain]
	steps   []*step
	run     *ray.Function
	workers []ray.ActorHandle[poolWorker]
	bound   int // items that may be unfinished at a time; 0 is unlimited
	flying  []item
}

func (s *stage) prepare(steps []*step, first string) error {
	s.steps = steps
	s.chain = ray.Put(&chain{Steps: steps, First: first})
	if err := s.chain.Ref().Err(); err != nil {
		return err
	}
	var options []ray.Option
	if len(steps) > 0 {
		o := steps[0].Batch
		if o.NumCPUs > 0 {
			options = append(options, ray.NumCPUs(o.NumCPUs))
		}
		if o.NumGPUs > 0 {
			options = append(options, ray.NumGPUs(o.NumGPUs))
		}
		if o.Ctor {
			class := ray.Actor[poolWorker](newPoolWorker).Options(options...)
			for range o.Concurrency {
				s.workers = append(s.workers, class.Remote(s.chain))
			}
			return nil
		}
		s.bound = o.Concurrency
	}
	s.run = ray.NewFunction(runTask, typeBlock).With(options...)
	return nil
}

func (s *stage) next() (item, bool, error) {
	in, ok, err := s.in.next()
	if err != nil || !ok {
		return item{}, false, err
	}
	if len(s.steps) == 0 && in.fragment == nil {
		return in, true, nil
	}
	if err := s.makeRoom(); err != nil {
		return item{}, false, err
	}
	a := assignment{Index: s.index, Low: in.Low, High: in.High, Limit: s.limit}
	s.index++
	var input any = (*Block)(nil)
	if in.fragment != nil {
		a.Reads = true
		a.Source, a.Fragment = in.source.forTask(*in.fragment)
	} else {
		input = in.Ref
		if !in.known {
			a.High = -1
		}
	}
	out := item{slice: slice{Ref: s.submit(a, input)}}
	if err := out.Ref.Err(); err != nil {
		return item{}, false, err
	}
	if !in.known && in.Ref != nil {
		out.before = append(in.before, in.Ref)
	}
	if s.bound > 0 {
		s.flying = append(s.flying, out)
	}
	return out, true, nil
}

func (s *stage) submit(a assignment, input any) *ray.Ref {
	if len(s.workers) > 0 {
		w := s.workers[a.Index%len(s.workers)]
		return ray.Call[*Block](w, (*poolWorker).Run, a, input).Ref()
	}
	return s.run.Submit(s.chain, a, input)
}

// makeRoom waits until fewer than bound tasks of this stage run.
func (s *stage) makeRoom() error {
	if s.bound == 0 || len(s.flying) < s.bound {
		return nil
	}
	refs := make([]*ray.Ref, len(s.flying))
	for i, it := range s.flying {
		refs[i] = it.Ref
	}
	ready, err := ray.WaitRefs(s.x.ctx, refs)
	if err != nil {
		return err
	}
	var left []item
	for i, it := range s.flying {
		if !ready[i] {
			left = append(left, it)
		}
	}
	s.flying = left
	return nil
}
