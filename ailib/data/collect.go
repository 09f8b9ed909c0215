package data

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// CollectInto is what Collect calls: out points to a slice of row structs or
// of plain values, to which the rows are appended.
func CollectInto(d *Dataset, out any) error {
	p := reflect.ValueOf(out)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Slice {
		return fmt.Errorf("data: CollectInto takes a pointer to a slice, not %T", out)
	}
	if err := d.Err(); err != nil {
		return err
	}
	elem := p.Elem().Type().Elem()
	if err := checkRowType("Collect", elem, d.last.schema()); err != nil {
		return err
	}
	var ctx context.Context
	return d.each(ctx, func(b slice) (bool, error) {
		rec, err := blockOf(ctx, b)
		if err != nil || rec.NumRows() == 0 {
			return true, err
		}
		read, err := newRowReader(rec, elem)
		if err != nil {
			return false, err
		}
		for i := range int(rec.NumRows()) {
			v, err := read(i)
			if err != nil {
				return false, err
			}
			p.Elem().Set(reflect.Append(p.Elem(), v))
		}
		return true, nil
	})
}

// Split cuts the dataset into n datasets of consecutive rows whose sizes
// differ by at most one. It computes the dataset; no row is copied.
func (d *Dataset) Split(n int) ([]*Dataset, error) {
	if n < 1 {
		return nil, fmt.Errorf("data: Split(%d) needs at least one part; give a positive number", n)
	}
	blocks, total, err := d.computed()
	if err != nil {
		return nil, err
	}
	var bounds []int64
	for _, r := range evenRanges(total, n)[1:] {
		bounds = append(bounds, r[0])
	}
	return d.cutAt(blocks, total, bounds)
}

// SplitAtIndices cuts before the rows with the given, ascending, indices.
func (d *Dataset) SplitAtIndices(indices ...int64) ([]*Dataset, error) {
	blocks, total, err := d.computed()
	if err != nil {
		return nil, err
	}
	last := int64(0)
	for i, at := range indices {
		if at < last {
			return nil, fmt.Errorf("data: SplitAtIndices: index %d is %d, below the one before; give ascending, not negative indices", i, at)
		}
		last = at
		indices[i] = min(at, total)
	}
	return d.cutAt(blocks, total, indices)
}

// SplitOption changes how TrainTestSplit chooses rows.
type SplitOption func(*splitOptions)

type splitOptions struct {
	shuffle bool
	seed    int64
}

// Shuffle orders the rows at random, by seed, before they are split. Default:
// the order stays, and the last rows are the test rows.
func Shuffle(seed int64) SplitOption {
	return func(o *splitOptions) { o.shuffle, o.seed = true, seed }
}

// TrainTestSplit splits off the fraction test of the rows. Of n rows the first
// int(n*(1-test)) are for training; each part must have a row.
func (d *Dataset) TrainTestSplit(test float64, opts ...SplitOption) (train, rest *Dataset, err error) {
	if !(test > 0 && test < 1) {
		return nil, nil, fmt.Errorf("data: TrainTestSplit(%v): the test part must be more than 0 and less than 1; give for example 0.3", test)
	}
	var o splitOptions
	for _, opt := range opts {
		opt(&o)
	}
	if o.shuffle {
		d = d.RandomShuffle(o.seed)
	}
	blocks, total, err := d.computed()
	if err != nil {
		return nil, nil, err
	}
	at := int64(float64(total) * (1 - test))
	if at < 1 || at >= total {
		return nil, nil, fmt.Errorf("data: TrainTestSplit(%v) of %d rows leaves one part empty; use more rows or another fraction", test, total)
	}
	parts, err := d.cutAt(blocks, total, []int64{at})
	if err != nil {
		return nil, nil, err
	}
	return parts[0], parts[1], nil
}

func (d *Dataset) computed() ([]slice, int64, error) {
	if err := d.Err(); err != nil {
		return nil, 0, err
	}
	blocks, err := d.run(nil)
	if err != nil {
		return nil, 0, err
	}
	var total int64
	for _, b := range blocks {
		total += b.rows()
	}
	return blocks, total, nil
}

// cutAt makes datasets of the rows between bounds.
func (d *Dataset) cutAt(blocks []slice, total int64, bounds []int64) ([]*Dataset, error) {
	schema := d.last.schema()
	if schema == nil && len(blocks) > 0 {
		known, err := fromBlocks(nil, blocks, nil)
		if err != nil {
			return nil, err
		}
		schema = known.last.schema()
	}
	var out []*Dataset
	low := int64(0)
	for _, high := range append(bounds, total) {
		if high < low {
			return nil, errors.New("data: bounds are not ascending; give ascending indices")
		}
		var part []slice
		at := int64(0)
		for _, b := range blocks {
			from, to := max(low, at), min(high, at+b.rows())
			if from < to {
				part = append(part, slice{Ref: b.Ref, Low: b.Low + from - at, High: b.Low + to - at, Total: b.Total})
			}
			at += b.rows()
		}
		set, err := fromBlocks(nil, part, schema)
		if err != nil {
			return nil, err
		}
		out = append(out, set)
		low = high
	}
	return out, nil
}
