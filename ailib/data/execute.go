package data

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"
	"weak"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/goray/goray/runtime/ray"
)

// executor runs one plan once.
type executor struct {
	ctx   context.Context // nil obeys the running cell
	stats *runStats
	names map[*chain]string
}

// window is how many blocks may be in flight: enough that no CPU waits for the
// consumer, few enough that memory does not grow with the dataset.
func window() int {
	cpus := int(ray.ClusterResources()["CPU"])
	return 2*max(cpus, 1) + 2
}

// each computes the blocks in order and gives them to visit until it returns
// false.
func (d *Dataset) each(ctx context.Context, visit func(slice) (bool, error)) error {
	return d.execute(ctx, window(), visit)
}

// execute is each with the number of blocks that are begun at first; it
// doubles with every block that is used.
func (d *Dataset) execute(ctx context.Context, first int, visit func(slice) (bool, error)) error {
	if err := d.Err(); err != nil {
		return err
	}
	x := &executor{ctx: ctx, stats: newRunStats()}
	begin := time.Now()
	s, err := x.open(optimise(d.last), -1)
	if err != nil {
		return err
	}
	err = x.drive(s, first, func(b slice) (bool, error) {
		x.stats.blocks++
		x.stats.rows += b.rows()
		return visit(b)
	})
	x.stats.wall = time.Since(begin)
	x.stats.finish()
	remember(d.last, x.stats)
	return err
}

// run computes all blocks.
func (d *Dataset) run(ctx context.Context) ([]slice, error) {
	var out []slice
	err := d.each(ctx, func(b slice) (bool, error) {
		out = append(out, b)
		return true, nil
	})
	return out, err
}

// drive keeps up to a window of items in flight and visits them in order.
func (x *executor) drive(s stream, first int, visit func(slice) (bool, error)) error {
	most := max(window(), first)
	var queue []item
	defer func() {
		for _, it := range queue {
			it.cancel()
		}
	}()
	ended := false
	for width := first; ; width = min(2*width, most) {
		for !ended && len(queue) < width {
			it, ok, err := s.next()
			if err != nil {
				return err
			}
			if ended = !ok; ok {
				queue = append(queue, it)
			}
		}
		if len(queue) == 0 {
			return nil
		}
		b, err := x.resolve(queue[0])
		if err != nil {
			return err
		}
		queue = queue[1:]
		if more, err := visit(b); err != nil || !more {
			return err
		}
	}
}

// resolve waits for a block and learns its number of rows.
func (x *executor) resolve(it item) (slice, error) {
	if it.known {
		return it.slice, nil
	}
	var b *Block
	if err := ray.GetInto(x.ctx, it.Ref, &b); err != nil {
		return slice{}, ownError(err)
	}
	x.stats.add(b.head)
	x.stats.bytes += b.head.Bytes
	return slice{Ref: it.Ref, High: b.Rows(), Total: b.Rows()}, nil
}

// ownError leaves out what the runtime says about the task: the task is ours,
// its name and process tell the user nothing. errors.As still finds them.
func ownError(err error) error {
	var task *ray.TaskError
	if errors.As(err, &task) && !task.Panic && strings.HasPrefix(task.Message, "data: ") {
		return &taskMistake{task.Message, err}
	}
	return err
}

// taskMistake is an error of this library that happened in a task.
type taskMistake struct {
	message string
	cause   error
}

func (e *taskMistake) Error() string { return e.message }
func (e *taskMistake) Unwrap() error { return e.cause }

// blockOf fetches the rows of a slice.
func blockOf(ctx context.Context, s slice) (arrow.RecordBatch, error) {
	var b *Block
	if err := ray.GetInto(ctx, s.Ref, &b); err != nil {
		return nil, ownError(err)
	}
	rec, err := b.Record()
	if err != nil {
		return nil, err
	}
	return sliceRecord(rec, s.Low, s.High), nil
}

// takeBatch returns the first n rows.
func (d *Dataset) takeBatch(ctx context.Context, n int) (Batch, error) {
	var recs []arrow.RecordBatch
	limited := d.Limit(n)
	err := limited.execute(ctx, 1, func(b slice) (bool, error) {
		rec, err := blockOf(ctx, b)
		recs = append(recs, rec)
		return true, err
	})
	if err != nil {
		return Batch{}, err
	}
	if r, ok := lastRuns.Load(weak.Make(limited.last)); ok {
		remember(d.last, r.(*runStats))
	}
	rec, err := d.together(recs)
	if err != nil {
		return Batch{}, err
	}
	return BatchOf(rec), nil
}

// together concatenates blocks; without any the result has the plan's schema.
func (d *Dataset) together(recs []arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(recs) == 0 {
		if s := d.last.schema(); s != nil {
			return emptyRecord(s), nil
		}
	}
	return concatRecords(recs)
}

// IterBatchesContext is IterBatches that obeys ctx.
func (d *Dataset) IterBatchesContext(ctx context.Context, size int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		var rest []arrow.RecordBatch // rows that do not fill a batch yet
		var have int64
		stopped := false
		emit := func(rec arrow.RecordBatch) bool {
			stopped = !yield(BatchOf(rec), nil)
			return !stopped
		}
		err := d.each(ctx, func(b slice) (bool, error) {
			rec, err := blockOf(ctx, b)
			if err != nil || rec.NumRows() == 0 {
				return true, err
			}
			if size <= 0 {
				return emit(rec), nil
			}
			rest, have = append(rest, rec), have+rec.NumRows()
			if have < int64(size) {
				return true, nil
			}
			all, err := concatRecords(rest)
			if err != nil {
				return false, err
			}
			at := int64(0)
			for ; have-at >= int64(size); at += int64(size) {
				if !emit(sliceRecord(all, at, at+int64(size))) {
					return false, nil
				}
			}
			rest, have = nil, have-at
			if have > 0 {
				rest = []arrow.RecordBatch{sliceRecord(all, at, all.NumRows())}
			}
			return true, nil
		})
		if err == nil && !stopped && have > 0 {
			var last arrow.RecordBatch
			if last, err = concatRecords(rest); err == nil {
				emit(last)
				return
			}
		}
		if err != nil && !stopped {
			yield(Batch{}, err)
		}
	}
}

func (d *Dataset) toArrow(ctx context.Context) (arrow.Table, error) {
	var recs []arrow.RecordBatch
	var schemas []*arrow.Schema
	err := d.each(ctx, func(b slice) (bool, error) {
		rec, err := blockOf(ctx, b)
		if err == nil && (rec.NumCols() > 0 || rec.NumRows() > 0) {
			recs, schemas = append(recs, rec), append(schemas, rec.Schema())
		}
		return true, err
	})
	if err != nil {
		return nil, err
	}
	schema, err := unifySchemas(schemas)
	if err != nil {
		return nil, err
	}
	if len(recs) == 0 {
		if s := d.last.schema(); s != nil {
			schema = s
		}
	}
	for i, rec := range recs {
		if recs[i], err = conform(rec, schema); err != nil {
			return nil, err
		}
	}
	return array.NewTableFromRecords(schema, recs), nil
}

// fromBlocks makes a dataset of computed blocks; a schema that the plan did
// not know is taken from the first block that has columns.
func fromBlocks(ctx context.Context, blocks []slice, schema *arrow.Schema) (*Dataset, error) {
	for _, s := range blocks {
		if schema != nil {
			break
		}
		rec, err := blockOf(ctx, s)
		if err != nil {
			return nil, err
		}
		if rec.NumCols() > 0 {
			schema = rec.Schema()
		}
	}
	return &Dataset{last: &node{Kind: nodeSource, Out: schemaBytes(schema), Source: &source{Kind: sourceBlocks, Blocks: blocks}}}, nil
}
