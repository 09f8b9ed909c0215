package data

import (
	"errors"
	"fmt"
	"strings"
)

// Dataset is a lazy, immutable description of rows and what is done with them.
// Every transformation returns a new Dataset at once; the work starts when a
// consuming method (Count, Take, Show, Materialize, WriteParquet …) is called.
// A mistake in a chain, such as a wrong column name, is carried along and
// returned by the consuming method; Err shows it earlier.
//
// A Dataset may be captured by remote functions and given to actors: it is a
// plan plus references to blocks, never the rows themselves.
type Dataset struct {
	last *node
	err  error // the first mistake of the chain
}

// Err returns the first mistake made while the chain was built, or nil.
func (d *Dataset) Err() error {
	if d == nil {
		return errors.New("data: the dataset is nil; create it with data.ReadParquet, data.FromItems or another reader")
	}
	if d.err == nil && d.last == nil {
		return errors.New("data: the zero Dataset has no source; create it with data.ReadParquet, data.FromItems or another reader")
	}
	return d.err
}

// Failed returns a dataset which carries err to its consumer. It is for
// libraries whose methods return a Dataset.
func Failed(err error) *Dataset { return failed(err) }

func failed(err error) *Dataset { return &Dataset{err: err} }

// then appends a per-block step, which changes the rows of each block alone.
func (d *Dataset) then(s *step, err error) *Dataset {
	if bad := d.Err(); bad != nil {
		return failed(bad)
	}
	if err != nil {
		return failed(err)
	}
	n := &node{Kind: nodeStep, Inputs: []*node{d.last}, Step: s}
	if err := n.resolve(); err != nil {
		return failed(err)
	}
	return &Dataset{last: n}
}

// after appends an operation which needs more than one block.
func (d *Dataset) after(n *node) *Dataset {
	if bad := d.Err(); bad != nil {
		return failed(bad)
	}
	n.Inputs = append([]*node{d.last}, n.Inputs...)
	if err := n.resolve(); err != nil {
		return failed(err)
	}
	return &Dataset{last: n}
}

// Map calls fn once per row and makes a row of each result. fn takes a Go
// value (for datasets with one column), a struct or a Row, optionally after a
// context.Context, and returns a value, a struct or a Row, optionally with an
// error. A plain value becomes the column "item". Rows keep their order.
func (d *Dataset) Map(fn any) *Dataset {
	f, err := captureRow("Map", fn, rowToRow)
	return d.then(&step{Kind: stepMap, Fn: f}, err)
}

// FlatMap calls fn once per row; fn returns a slice with any number of results.
func (d *Dataset) FlatMap(fn any) *Dataset {
	f, err := captureRow("FlatMap", fn, rowToRows)
	return d.then(&step{Kind: stepFlatMap, Fn: f}, err)
}

// Filter keeps the rows for which predicate holds: an expression over columns,
// such as data.Col("fare").Gt(0), or a function from a row to bool[, error].
// Rows for which an expression is null are dropped.
func (d *Dataset) Filter(predicate any) *Dataset {
	if e, ok := predicate.(Expr); ok {
		return d.then(&step{Kind: stepFilterExpr, Expr: e}, nil)
	}
	f, err := captureRow("Filter", predicate, rowToBool)
	return d.then(&step{Kind: stepFilter, Fn: f}, err)
}

// MapBatches calls fn with batches of rows in columns. fn takes and returns
// data.Batch or arrow.RecordBatch, or takes and returns slices of structs,
// optionally after a context.Context and with an error as second result.
// It may return more or fewer rows than it was given. With Concurrency(n) fn
// may be a constructor: see Concurrency.
func (d *Dataset) MapBatches(fn any, opts ...MapOption) *Dataset {
	s, err := newBatchStep(fn, opts)
	return d.then(s, err)
}

// Transformer changes batches by what it holds: a fitted preprocessor, a model.
// It travels to the workers as a value, so that it may have fields, where a
// function of a compiled program must not capture variables. A Transformer
// which also has the method TransformSchema(*arrow.Schema) (*arrow.Schema,
// error) promises to keep every row, and tells its columns before it runs.
type Transformer interface {
	TransformBatch(b Batch) (Batch, error)
}

// Transform calls t with batches of rows, a block at a time.
func (d *Dataset) Transform(t Transformer, opts ...MapOption) *Dataset {
	if t == nil {
		return failed(errors.New("data: Transform(nil); give a value with a method TransformBatch"))
	}
	s := &step{Kind: stepTransform, Value: t}
	for _, o := range opts {
		o(&s.Batch)
	}
	return d.then(s, nil)
}

// SelectColumns keeps the named columns, in the given order.
func (d *Dataset) SelectColumns(names ...string) *Dataset {
	return d.then(&step{Kind: stepSelect, Names: names}, nil)
}

// DropColumns removes the named columns.
func (d *Dataset) DropColumns(names ...string) *Dataset {
	return d.then(&step{Kind: stepDrop, Names: names}, nil)
}

// RenameColumns renames columns, old name to new name.
func (d *Dataset) RenameColumns(names map[string]string) *Dataset {
	s := &step{Kind: stepRename}
	for _, old := range sortedKeys(names) {
		s.Names = append(s.Names, old)
		s.NewNames = append(s.NewNames, names[old])
	}
	return d.then(s, nil)
}

// WithColumn adds the column name with the value of e, or replaces it.
func (d *Dataset) WithColumn(name string, e Expr) *Dataset {
	return d.then(&step{Kind: stepWith, Names: []string{name}, Expr: e}, nil)
}

// AddColumn adds the column name, computed by fn once per row. fn takes what
// the function of Map takes and returns the value of the column[, error].
func (d *Dataset) AddColumn(name string, fn any) *Dataset {
	f, err := captureRow("AddColumn", fn, rowToValue)
	return d.then(&step{Kind: stepAdd, Names: []string{name}, Fn: f}, err)
}

// DropNulls removes the rows in which one of the named columns is null, or any
// column when none is named.
func (d *Dataset) DropNulls(names ...string) *Dataset {
	return d.then(&step{Kind: stepDropNulls, Names: names}, nil)
}

// Limit keeps the first n rows. Reading stops when they are there.
func (d *Dataset) Limit(n int) *Dataset {
	if n < 0 {
		return failed(fmt.Errorf("data: Limit(%d) is negative; give the number of rows to keep, 0 or more", n))
	}
	return d.after(&node{Kind: nodeLimit, N: int64(n)})
}

// Repartition distributes the rows over n blocks whose sizes differ by at most
// one row; the order of the rows stays. Surplus blocks are empty.
func (d *Dataset) Repartition(n int) *Dataset {
	if n < 1 {
		return failed(fmt.Errorf("data: Repartition(%d) needs at least one block; give a positive number", n))
	}
	return d.after(&node{Kind: nodeRepartition, N: int64(n)})
}

// RandomShuffle puts all rows into a random order which depends on the seed
// and the blocks alone, never on the number of workers.
func (d *Dataset) RandomShuffle(seed int64) *Dataset {
	return d.after(&node{Kind: nodeShuffle, Seed: seed})
}

// Sort orders the rows by the columns, ascending; equal rows keep their order
// and nulls come last. See SortBy for descending order.
func (d *Dataset) Sort(columns ...string) *Dataset {
	keys := make([]SortKey, len(columns))
	for i, c := range columns {
		keys[i] = Asc(c)
	}
	return d.SortBy(keys...)
}

// SortBy orders the rows by keys, for example SortBy(data.Desc("fare"), data.Asc("id")).
func (d *Dataset) SortBy(keys ...SortKey) *Dataset {
	if len(keys) == 0 {
		return failed(errors.New("data: Sort needs at least one column; name the columns to sort by"))
	}
	return d.after(&node{Kind: nodeSort, Keys: keys})
}

// SortKey is a column to sort by, made by Asc or Desc.
type SortKey struct {
	Column     string
	Descending bool
}

// Asc sorts by column from small to large, nulls last.
func Asc(column string) SortKey { return SortKey{Column: column} }

// Desc sorts by column from large to small, nulls last.
func Desc(column string) SortKey { return SortKey{Column: column, Descending: true} }

// Union appends the rows of others. All must have the same columns and types.
func (d *Dataset) Union(others ...*Dataset) *Dataset {
	n := &node{Kind: nodeUnion}
	for _, o := range others {
		if err := o.Err(); err != nil {
			return failed(err)
		}
		n.Inputs = append(n.Inputs, o.last)
	}
	return d.after(n)
}

// GroupBy groups the rows with equal values in the key columns; a null is a
// key like any other. The result of an aggregation is ordered by key.
func (d *Dataset) GroupBy(keys ...string) *Grouped {
	return &Grouped{set: d, keys: keys}
}

// String is the short form: the columns if they are known, and the last step.
func (d *Dataset) String() string {
	if err := d.Err(); err != nil {
		return "Dataset(error: " + err.Error() + ")"
	}
	var b strings.Builder
	b.WriteString("Dataset(")
	if rows, ok := d.last.knownRows(); ok {
		fmt.Fprintf(&b, "rows=%d, ", rows)
	}
	if s := d.last.schema(); s != nil {
		fmt.Fprintf(&b, "schema=%s", shortSchema(s))
	} else {
		b.WriteString("schema=unknown until executed")
	}
	b.WriteString(")")
	return b.String()
}
