package train

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/runtime/ray"
)

// materialize runs the data set's plan and returns its blocks, which stay in
// the object store, and their schema.
func materialize(ctx context.Context, ds *data.Dataset) (blocks, *arrow.Schema, error) {
	done, err := ds.MaterializeContext(ctx)
	if err != nil {
		return blocks{}, nil, err
	}
	refs, rows, err := done.BlocksContext(ctx)
	if err != nil {
		return blocks{}, nil, err
	}
	schema, err := done.Schema()
	if err != nil {
		return blocks{}, nil, err
	}
	return blocks{refs: refs, rows: rows}, schema.Arrow(), nil
}

// columnsOf returns the columns besides the label, before any preprocessing.
func columnsOf(ds *data.Dataset, label string) ([]string, error) {
	names, err := ds.Columns()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == label }), nil
}

// batch fetches the block that a piece belongs to and cuts its rows out.
func (p piece) batch(ctx context.Context) (data.Batch, error) {
	v, err := ray.GetRef(ctx, p.Block, reflect.TypeFor[*data.Block]())
	if err != nil {
		return data.Batch{}, err
	}
	block, ok := v.(*data.Block)
	if !ok || block == nil {
		return data.Batch{}, fmt.Errorf("the object %s is a %T, not a block; materialize the data set again", p.Block, v)
	}
	b, err := block.Batch()
	if err != nil {
		return data.Batch{}, err
	}
	return b.Slice(int(p.From), int(p.To)), nil
}
