package data

import (
	"context"
	"fmt"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/runtime/ray"
)

// Count returns the number of rows. It reads nothing where the plan tells it:
// Parquet footers know their rows.
func (d *Dataset) Count() (int64, error) { return d.CountContext(nil) }

// CountContext is Count that obeys ctx.
func (d *Dataset) CountContext(ctx context.Context) (int64, error) {
	if err := d.Err(); err != nil {
		return 0, err
	}
	if rows, ok := d.last.knownRows(); ok {
		return rows, nil
	}
	var rows int64
	err := d.each(ctx, func(b slice) (bool, error) {
		rows += b.rows()
		return true, nil
	})
	return rows, err
}

// Take returns the first n rows, or all when there are fewer. Only as many
// blocks are computed as that needs.
func (d *Dataset) Take(n int) ([]Row, error) { return d.TakeContext(nil, n) }

// TakeContext is Take that obeys ctx.
func (d *Dataset) TakeContext(ctx context.Context, n int) ([]Row, error) {
	b, err := d.takeBatch(ctx, n)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, b.Len())
	for i := range rows {
		rows[i] = b.Row(i)
	}
	return rows, nil
}

// TakeAll returns all rows.
func (d *Dataset) TakeAll() ([]Row, error) {
	var rows []Row
	for b, err := range d.IterBatches(0) {
		if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			rows = append(rows, b.Row(i))
		}
	}
	return rows, nil
}

// TakeBatch returns the first n rows as one batch.
func (d *Dataset) TakeBatch(n int) (Batch, error) { return d.takeBatch(nil, n) }

// Show prints the first rows, one JSON object a line; 20 when n is not given.
func (d *Dataset) Show(n ...int) error {
	rows := 20
	if len(n) > 0 {
		rows = n[0]
	}
	b, err := d.takeBatch(nil, rows)
	if err != nil {
		return err
	}
	for i := range b.Len() {
		row := b.Row(i)
		fmt.Println(rowText(b.names, func(name string) any { return row[name] }))
	}
	return nil
}

// Schema returns the columns and types. Where the plan does not tell them, the
// first block that has rows is computed.
func (d *Dataset) Schema() (*Schema, error) {
	if err := d.Err(); err != nil {
		return nil, err
	}
	if s := d.last.schema(); s != nil {
		return &Schema{arrow: s}, nil
	}
	b, err := d.takeBatch(nil, 1)
	if err != nil {
		return nil, err
	}
	return b.Schema(), nil
}

// KnownSchema is Schema without computing anything: nil where the plan does not
// tell the columns.
func (d *Dataset) KnownSchema() *Schema {
	if d == nil || d.Err() != nil {
		return nil
	}
	if s := d.last.schema(); s != nil {
		return &Schema{arrow: s}
	}
	return nil
}

// Columns returns the names of the columns.
func (d *Dataset) Columns() ([]string, error) {
	s, err := d.Schema()
	if err != nil {
		return nil, err
	}
	return s.Names(), nil
}

// NumBlocks returns the number of blocks; it computes the dataset unless the
// plan tells it.
func (d *Dataset) NumBlocks() (int, error) {
	if err := d.Err(); err != nil {
		return 0, err
	}
	n := d.last
	for n.Kind == nodeStep {
		n = n.Inputs[0]
	}
	switch n.Kind {
	case nodeRepartition:
		return int(n.N), nil
	case nodeSource:
		f, err := n.Source.fragments()
		return len(f), err
	}
	blocks, err := d.run(nil)
	return len(blocks), err
}

// Materialize computes the dataset and returns one that holds the blocks, so
// that they are not computed again. The blocks live as long as the result.
func (d *Dataset) Materialize() (*Dataset, error) { return d.MaterializeContext(nil) }

// MaterializeContext is Materialize that obeys ctx.
func (d *Dataset) MaterializeContext(ctx context.Context) (*Dataset, error) {
	if err := d.Err(); err != nil {
		return nil, err
	}
	blocks, err := d.run(ctx)
	if err != nil {
		return nil, err
	}
	return fromBlocks(ctx, blocks, d.last.schema())
}

// Blocks computes the dataset and returns references to its blocks, each a
// *data.Block, and the rows of each block. Libraries hand them to their workers.
func (d *Dataset) Blocks() ([]*ray.Ref, []int64, error) { return d.BlocksContext(nil) }

// BlocksContext is Blocks that obeys ctx.
func (d *Dataset) BlocksContext(ctx context.Context) ([]*ray.Ref, []int64, error) {
	if err := d.Err(); err != nil {
		return nil, nil, err
	}
	blocks, err := d.run(ctx)
	if err != nil {
		return nil, nil, err
	}
	refs := make([]*ray.Ref, len(blocks))
	rows := make([]int64, len(blocks))
	for i, b := range blocks {
		if refs[i], err = b.whole(ctx); err != nil {
			return nil, nil, err
		}
		rows[i] = b.rows()
	}
	return refs, rows, nil
}

// FromBlocks makes a dataset of references to *data.Block, as Blocks returns
// them.
func FromBlocks(refs []*ray.Ref, rows []int64) *Dataset {
	if len(refs) != len(rows) {
		return failed(fmt.Errorf("data: FromBlocks got %d references and %d row counts; give one count per reference", len(refs), len(rows)))
	}
	blocks := make([]slice, len(refs))
	for i := range refs {
		blocks[i] = slice{Ref: refs[i], High: rows[i], Total: rows[i]}
	}
	d, err := fromBlocks(nil, blocks, nil)
	if err != nil {
		return failed(err)
	}
	return d
}

// IterRows yields the rows in order. Breaking out of the loop stops the
// computation.
func (d *Dataset) IterRows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for b, err := range d.IterBatches(0) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range b.Len() {
				if !yield(b.Row(i), nil) {
					return
				}
			}
		}
	}
}

// IterBatches yields the rows in order as batches of size rows, the last one
// shorter; size 0 yields one batch per block. The next blocks are computed
// while the loop works; breaking out of it stops the computation.
func (d *Dataset) IterBatches(size int) iter.Seq2[Batch, error] {
	return d.IterBatchesContext(nil, size)
}

// ToArrow computes the dataset and returns it as one table. Its columns may
// lie in shared memory, which they keep.
func (d *Dataset) ToArrow() (arrow.Table, error) { return d.toArrow(nil) }

// Collect computes the dataset and returns its rows as values of T: a struct
// with a field per column, or a plain type for datasets with one column.
func Collect[T any](d *Dataset) ([]T, error) {
	var out []T
	err := CollectInto(d, &out)
	return out, err
}
