package data

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/runtime/ray"
)

// slice is a range of rows of a block in the store.
type slice struct {
	Ref       *ray.Ref
	Low, High int64
	Total     int64 // rows of the whole block
}

func (s slice) rows() int64 { return s.High - s.Low }

// whole returns a reference to a block that has exactly the rows of the slice.
func (s slice) whole(ctx context.Context) (*ray.Ref, error) {
	if s.Low == 0 && s.High == s.Total {
		return s.Ref, nil
	}
	ref := ray.Submit(gatherTask, nil, typeBlock, []cut{{s.Low, s.High}}, s.Ref)
	return ref, ref.Err()
}

var typeBlock = reflect.TypeFor[*Block]()

// chain is what the tasks of a stage have in common; it is stored once.
type chain struct {
	Steps []*step
	First string // name of what a task reads, for Stats
}

// assignment is what one task of a stage does.
type assignment struct {
	Index     int // of the block, for error messages
	Source    source
	Fragment  fragment
	Reads     bool  // read Fragment; otherwise take rows [Low, High) of the block
	Low, High int64 // High < 0 is the end
	Limit     int64 // rows needed of the fragment; negative for all
}

// runTask reads a fragment, or takes a block, and runs the fused steps on it.
func runTask(ctx context.Context, c *chain, a assignment, in *Block) (*Block, error) {
	rec, m, err := takeInput(ctx, c, a, in)
	if err != nil {
		return nil, err
	}
	out, err := applySteps(ctx, c.Steps, rec, a.Index, m)
	if err != nil {
		return nil, err
	}
	return NewBlock(out).made(ctx, m), nil
}

func takeInput(ctx context.Context, c *chain, a assignment, in *Block) (arrow.RecordBatch, *meter, error) {
	m := newMeter(c.First, c.Steps)
	begin := time.Now()
	var rec arrow.RecordBatch
	var err error
	if a.Reads {
		rec, err = a.Source.read(ctx, a.Fragment, a.Limit)
	} else if rec, err = in.Record(); err == nil {
		high := a.High
		if high < 0 {
			high = rec.NumRows()
		}
		rec = sliceRecord(rec, a.Low, high)
	}
	if err != nil {
		return nil, nil, err
	}
	m.read(begin, rec)
	return rec, m, nil
}

// cut is the rows [Low, High) of a block.
type cut struct{ Low, High int64 }

// gatherTask puts pieces of blocks together.
func gatherTask(cuts []cut, blocks ...*Block) (*Block, error) {
	recs := make([]arrow.RecordBatch, len(blocks))
	for i, b := range blocks {
		rec, err := b.Record()
		if err != nil {
			return nil, err
		}
		recs[i] = sliceRecord(rec, cuts[i].Low, cuts[i].High)
	}
	rec, err := concatRecords(recs)
	if err != nil {
		return nil, err
	}
	return NewBlock(rec), nil
}

// partition puts the partition number part of scattered blocks together.
func partition(part int, blocks []*Block) (arrow.RecordBatch, error) {
	recs := make([]arrow.RecordBatch, len(blocks))
	for i, b := range blocks {
		rec, err := b.Record()
		if err != nil {
			return nil, err
		}
		if part+1 >= len(b.head.Bounds) {
			return nil, fmt.Errorf("data: a scattered block lacks partition %d; run the pipeline again", part)
		}
		recs[i] = sliceRecord(rec, b.head.Bounds[part], b.head.Bounds[part+1])
	}
	return concatRecords(recs)
}

// scatter orders the rows by partition number, keeping their order within
// each, and notes the bounds.
func scatter(rec arrow.RecordBatch, of []int, parts int) (*Block, error) {
	bounds := make([]int64, parts+1)
	for _, p := range of {
		bounds[p+1]++
	}
	for p := range parts {
		bounds[p+1] += bounds[p]
	}
	next := append([]int64(nil), bounds...)
	index := make([]int64, len(of))
	for i, p := range of {
		index[next[p]] = int64(i)
		next[p]++
	}
	out, err := takeRecord(rec, index)
	if err != nil {
		return nil, err
	}
	b := NewBlock(out)
	b.head.Bounds = bounds
	return b, nil
}

// pool is the state of one actor of MapBatches with a constructor.
type poolWorker struct {
	chain *chain
	fn    batchFunc
}

func newPoolWorker(ctx context.Context, c *chain) (*poolWorker, error) {
	fn, err := c.Steps[0].batchFunc(ctx)
	return &poolWorker{chain: c, fn: fn}, err
}

// Run is runTask with the batch function that the constructor made.
func (w *poolWorker) Run(ctx context.Context, a assignment, in *Block) (*Block, error) {
	rec, m, err := takeInput(ctx, w.chain, a, in)
	if err != nil {
		return nil, err
	}
	begin := m.begin(0, rec)
	if rec.NumRows() > 0 {
		if rec, err = w.chain.Steps[0].applyBatches(ctx, w.fn, rec, a.Index); err != nil {
			return nil, err
		}
	}
	m.end(0, begin, rec)
	rest := &meter{steps: m.steps[1:]}
	if rec, err = applySteps(ctx, w.chain.Steps[1:], rec, a.Index, rest); err != nil {
		return nil, err
	}
	return NewBlock(rec).made(ctx, m), nil
}
