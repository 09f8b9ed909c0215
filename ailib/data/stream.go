package data

import (
	"fmt"
	"slices"

	"github.com/goray/goray/runtime/ray"
)

// item is a block on its way: rows still to be read, a running task, or rows
// that are there.
type item struct {
	slice
	known    bool // the rows are there and counted
	fragment *fragment
	source   *source
	before   []*ray.Ref // tasks of earlier stages that this one waits for
}

// cancel tells a task that its result is not needed any more.
func (it item) cancel() {
	if !it.known && it.Ref != nil {
		for _, ref := range append(it.before, it.Ref) {
			// The task may have ended already; then there is nothing to cancel.
			_ = ray.CancelRef(ref)
		}
	}
}

// stream yields the blocks of an operator in order. next begins the work for a
// block and does not wait for it.
type stream interface {
	next() (item, bool, error)
}

// open prepares the execution of n. limit is how many rows its consumer needs,
// negative for all.
func (x *executor) open(n *node, limit int64) (stream, error) {
	var steps []*step
	for n.Kind == nodeStep {
		steps = append(steps, n.Step)
		n = n.Inputs[0]
	}
	slices.Reverse(steps)
	first := "input"
	if n.Kind == nodeSource {
		first = sourceNames[n.Source.Kind]
	}
	readLimit := limit
	for _, s := range steps {
		if !s.keepsRows() {
			readLimit = -1
		}
	}
	if limit >= 0 && len(steps) > 0 {
		steps = append(steps, &step{Kind: stepHead, N: limit})
	}
	s, err := x.openBase(n)
	if err != nil {
		return nil, err
	}
	groups := stages(steps)
	if len(groups) == 0 {
		groups = append(groups, nil)
	}
	for i, g := range groups {
		st := &stage{x: x, in: s, limit: -1}
		if i == 0 {
			st.limit = readLimit
		}
		if err := st.prepare(g, first); err != nil {
			return nil, err
		}
		first = "input"
		s = st
	}
	return s, nil
}

func (x *executor) openBase(n *node) (stream, error) {
	switch n.Kind {
	case nodeSource:
		return &sourceStream{source: n.Source}, nil
	case nodeLimit:
		in, err := x.open(n.Inputs[0], n.N)
		return &limitStream{x: x, in: in, left: n.N}, err
	case nodeUnion:
		u := &unionStream{}
		for _, input := range n.Inputs {
			in, err := x.open(input, -1)
			if err != nil {
				return nil, err
			}
			u.inputs = append(u.inputs, in)
		}
		return u, nil
	case nodeRepartition, nodeShuffle, nodeSort, nodeAggregate:
		return &exchange{x: x, node: n}, nil
	}
	return nil, fmt.Errorf("data: a plan node of kind %d is unknown; use one version of goray everywhere", n.Kind)
}

// stages cuts fused steps where the tasks' needs change: other resources, or
// actors.
func stages(steps []*step) [][]*step {
	var out [][]*step
	for i, s := range steps {
		if i == 0 || needsOwnStage(s.Batch, steps[i-1].Batch) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	return out
}

func needsOwnStage(o, before batchOptions) bool {
	o.Size, before.Size = 0, 0
	for _, each := range []*batchOptions{&o, &before} {
		if each.NumCPUs == 0 {
			each.NumCPUs = 1 // what tasks ask for anyway
		}
	}
	return o != before || o.Ctor
}

// sourceStream yields the fragments of a source, unread.
type sourceStream struct {
	source    *source
	part      int // the next to be listed
	fragments []fragment
	any       bool // a fragment has been listed
}

func (s *sourceStream) next() (item, bool, error) {
	for len(s.fragments) == 0 {
		source := s.source
		if s.part == source.parts() {
			if s.any || source.Wanted == nil {
				return item{}, false, nil
			}
			// Filters exclude every row group. One is read all the same, so
			// that the result has its columns.
			all := *source
			all.Wanted = nil
			source, s.part = &all, 0
		}
		var err error
		if s.fragments, err = source.fragmentsOf(s.part); err != nil {
			return item{}, false, err
		}
		s.part++
		if source != s.source {
			s.fragments, s.part = s.fragments[:min(1, len(s.fragments))], source.parts()
			s.any = true
		}
		s.any = s.any || len(s.fragments) > 0
	}
	f := s.fragments[0]
	s.fragments = s.fragments[1:]
	if f.Block != nil {
		return item{slice: *f.Block, known: true}, true, nil
	}
	return item{fragment: &f, source: s.source}, true, nil
}

// unionStream yields the blocks of one input after the other.
type unionStream struct{ inputs []stream }

func (u *unionStream) next() (item, bool, error) {
	for len(u.inputs) > 0 {
		it, ok, err := u.inputs[0].next()
		if ok || err != nil {
			return it, ok, err
		}
		u.inputs = u.inputs[1:]
	}
	return item{}, false, nil
}

// limitStream passes blocks on until it has enough rows. It waits for each
// block, as it must know its rows; a few are computed ahead.
type limitStream struct {
	x     *executor
	in    stream
	left  int64
	ahead []item
	width int
	ended bool
}

func (l *limitStream) next() (item, bool, error) {
	for l.left > 0 {
		l.width = min(max(2*l.width, 1), window())
		for !l.ended && len(l.ahead) < l.width {
			it, ok, err := l.in.next()
			if err != nil {
				return item{}, false, err
			}
			if l.ended = !ok; ok {
				l.ahead = append(l.ahead, it)
			}
		}
		if len(l.ahead) == 0 {
			return item{}, false, nil
		}
		b, err := l.x.resolve(l.ahead[0])
		if err != nil {
			return item{}, false, err
		}
		l.ahead = l.ahead[1:]
		if b.rows() > l.left {
			b.High = b.Low + l.left
		}
		if l.left -= b.rows(); l.left <= 0 {
			for _, it := range l.ahead {
				it.cancel()
			}
		}
		return item{slice: b, known: true}, true, nil
	}
	return item{}, false, nil
}
