package data

import (
	"context"
	"math/rand/v2"

	"github.com/goray/goray/runtime/ray"
)

// exchange runs the operations that need all blocks before the first result:
// it computes its input when the first block is asked for, and then yields
// tasks which take their rows out of all input blocks.
type exchange struct {
	x       *executor
	node    *node
	begun   bool
	tasks   []func() *ray.Ref
	results []item
}

func (e *exchange) next() (item, bool, error) {
	if !e.begun {
		e.begun = true
		if err := e.begin(); err != nil {
			return item{}, false, err
		}
	}
	if len(e.results) > 0 {
		it := e.results[0]
		e.results = e.results[1:]
		return it, true, nil
	}
	if len(e.tasks) == 0 {
		return item{}, false, nil
	}
	ref := e.tasks[0]()
	e.tasks = e.tasks[1:]
	return item{slice: slice{Ref: ref}}, true, ref.Err()
}

// input computes the blocks of the operation's input.
func (e *exchange) input(n *node) ([]slice, error) {
	s, err := e.x.open(n, -1)
	if err != nil {
		return nil, err
	}
	var out []slice
	err = e.x.drive(s, window(), func(b slice) (bool, error) {
		out = append(out, b)
		return true, nil
	})
	return out, err
}

func (e *exchange) begin() error {
	n := e.node
	in := n.Inputs[0]
	if n.Kind == nodeAggregate {
		in = n.partial()
	}
	blocks, err := e.input(in)
	if err != nil {
		return err
	}
	switch n.Kind {
	case nodeRepartition:
		return e.repartition(blocks)
	case nodeShuffle:
		return e.shuffle(blocks)
	case nodeSort:
		return e.sort(blocks)
	}
	return e.aggregate(blocks)
}

// partial is the input of an aggregation with each block aggregated on its own.
func (n *node) partial() *node {
	return &node{Kind: nodeStep, Inputs: n.Inputs, Step: &step{Kind: stepPartial, Group: n.Group}}
}

// all is the arguments of a task that takes whole blocks after its own ones.
func all(refs []*ray.Ref, before ...any) []any {
	for _, r := range refs {
		before = append(before, r)
	}
	return before
}

func refsOf(items []slice) []*ray.Ref {
	out := make([]*ray.Ref, len(items))
	for i, b := range items {
		out[i] = b.Ref
	}
	return out
}

func (e *exchange) repartition(blocks []slice) error {
	var total int64
	for _, b := range blocks {
		total += b.rows()
	}
	if len(blocks) == 0 {
		return nil
	}
	gather := ray.NewFunction(gatherTask, typeBlock)
	for _, want := range evenRanges(total, int(e.node.N)) {
		var cuts []cut
		var refs []*ray.Ref
		var at int64
		for _, b := range blocks {
			low, high := max(want[0], at), min(want[1], at+b.rows())
			if low < high {
				cuts = append(cuts, cut{b.Low + low - at, b.Low + high - at})
				refs = append(refs, b.Ref)
			}
			at += b.rows()
		}
		if refs == nil { // no rows, but the columns
			cuts, refs = []cut{{}}, []*ray.Ref{blocks[0].Ref}
		}
		e.tasks = append(e.tasks, func() *ray.Ref { return gather.Submit(all(refs, cuts)...) })
	}
	return nil
}

func (e *exchange) shuffle(blocks []slice) error {
	parts := len(blocks)
	seed := e.node.Seed
	deal := ray.NewFunction(dealTask, typeBlock)
	scattered := make([]*ray.Ref, parts)
	for i, b := range blocks {
		scattered[i] = deal.Submit(seed, i, parts, cut{b.Low, b.High}, b.Ref)
	}
	mix := ray.NewFunction(mixTask, typeBlock)
	for p := range parts {
		e.tasks = append(e.tasks, func() *ray.Ref { return mix.Submit(all(scattered, seed, p)...) })
	}
	return nil
}

// dealTask gives each row of a block to a random partition.
func dealTask(seed int64, index, parts int, c cut, b *Block) (*Block, error) {
	rec, err := b.Record()
	if err != nil {
		return nil, err
	}
	rec = sliceRecord(rec, c.Low, c.High)
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
	of := make([]int, rec.NumRows())
	for i := range of {
		of[i] = rng.IntN(parts)
	}
	return scatter(rec, of, parts)
}

// mixTask puts a partition together and orders its rows at random.
func mixTask(seed int64, part int, blocks ...*Block) (*Block, error) {
	rec, err := partition(part, blocks)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 1<<63|uint64(part)))
	index := make([]int64, rec.NumRows())
	for i := range index {
		index[i] = int64(i)
	}
	rng.Shuffle(len(index), func(i, j int) { index[i], index[j] = index[j], index[i] })
	if rec, err = takeRecord(rec, index); err != nil {
		return nil, err
	}
	return NewBlock(rec), nil
}

// fanIn is how many partial aggregates one task merges.
const fanIn = 32

// manyGroups is the number of partial results above which groups are merged in
// partitions of the key range, and not in one task. A variable for tests.
var manyGroups int64 = 1 << 18

func (e *exchange) aggregate(blocks []slice) error {
	refs := refsOf(blocks)
	var total int64
	for _, b := range blocks {
		total += b.rows()
	}
	if total > manyGroups && len(e.node.Group.Keys) > 0 {
		return e.aggregateByRange(blocks)
	}
	merge := ray.NewFunction(mergeTask, typeBlock)
	for len(refs) > fanIn {
		var merged []*ray.Ref
		for low := 0; low < len(refs); low += fanIn {
			merged = append(merged, merge.Submit(all(refs[low:min(low+fanIn, len(refs))], e.node.Group)...))
		}
		refs = merged
	}
	finish := ray.NewFunction(finishTask, typeBlock)
	e.tasks = append(e.tasks, func() *ray.Ref {
		return finish.Submit(all(refs, e.node.Group, []byte(e.node.Inputs[0].Out))...)
	})
	return nil
}

// aggregateByRange distributes partial results like a sort: equal keys meet in
// one partition, and the partitions follow each other in the order of the keys.
func (e *exchange) aggregateByRange(blocks []slice) error {
	g := e.node.Group
	keys := make([]SortKey, len(g.Keys))
	for i := range keys {
		keys[i] = Asc(keyName(i))
	}
	scattered, err := scatterByKey(blocks, keys)
	if err != nil {
		return err
	}
	finish := ray.NewFunction(finishPartTask, typeBlock)
	for p := range blocks {
		e.tasks = append(e.tasks, func() *ray.Ref {
			return finish.Submit(all(scattered, g, []byte(e.node.Inputs[0].Out), p)...)
		})
	}
	return nil
}

// finishPartTask is finishTask for one partition of scattered partial results.
func finishPartTask(ctx context.Context, g *grouping, in []byte, part int, blocks ...*Block) (*Block, error) {
	rec, err := partition(part, blocks)
	if err != nil {
		return nil, err
	}
	return finishTask(ctx, g, in, NewBlock(rec))
}

// mergeTask merges partial aggregates into one.
func mergeTask(_ context.Context, g *grouping, blocks ...*Block) (*Block, error) {
	table, err := g.merge(blocks)
	if err != nil {
		return nil, err
	}
	rec, err := table.record()
	if err != nil {
		return nil, err
	}
	return NewBlock(rec), nil
}

// finishTask merges partial aggregates and computes the results.
func finishTask(_ context.Context, g *grouping, in []byte, blocks ...*Block) (*Block, error) {
	table, err := g.merge(blocks)
	if err != nil {
		return nil, err
	}
	rec, err := table.finish(schemaData(in).schema())
	if err != nil {
		return nil, err
	}
	return NewBlock(rec), nil
}
