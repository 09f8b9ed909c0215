package data

import (
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/runtime/ray"
)

// rowOrder compares the rows of a record by sort keys: nulls last, NaN before
// them, in both directions.
func rowOrder(rec arrow.RecordBatch, keys []SortKey) (func(i, j int) int, error) {
	each := make([]func(i, j int) int, len(keys))
	for k, key := range keys {
		at := rec.Schema().FieldIndices(key.Column)
		if len(at) == 0 {
			return nil, missingColumn("Sort", key.Column, fieldNames(rec.Schema()))
		}
		col := rec.Column(at[0])
		compare, err := comparator(col)
		if err != nil {
			return nil, planErrorf(kindType, "data: Sort: column %q: %v", key.Column, err)
		}
		each[k] = withMissing(col, compare, key.Descending)
	}
	if len(each) == 1 {
		return each[0], nil
	}
	return func(i, j int) int {
		for _, compare := range each {
			if c := compare(i, j); c != 0 {
				return c
			}
		}
		return 0
	}, nil
}

// withMissing puts NaN and nulls behind everything else, whatever the direction.
func withMissing(col arrow.Array, compare func(i, j int) int, descending bool) func(i, j int) int {
	rank := func(i int) int {
		switch {
		case col.IsNull(i):
			return 2
		case isNaN(col, i):
			return 1
		}
		return 0
	}
	directed := compare
	if descending {
		directed = func(i, j int) int { return compare(j, i) }
	}
	if col.NullN() == 0 && (!descending || col.DataType().ID() != arrow.FLOAT64) {
		return directed
	}
	return func(i, j int) int {
		ri, rj := rank(i), rank(j)
		if ri != 0 || rj != 0 {
			return ri - rj
		}
		return directed(i, j)
	}
}

// sortRecord returns the rows in order; equal rows keep theirs.
func sortRecord(rec arrow.RecordBatch, keys []SortKey) (arrow.RecordBatch, error) {
	index, err := sortIndex(rec, keys)
	if err != nil {
		return nil, err
	}
	return takeRecord(rec, index)
}

func sortIndex(rec arrow.RecordBatch, keys []SortKey) ([]int64, error) {
	if index, ok := sortNumbers(rec, keys); ok {
		return index, nil
	}
	order, err := rowOrder(rec, keys)
	if err != nil {
		return nil, err
	}
	index := make([]int64, rec.NumRows())
	for i := range index {
		index[i] = int64(i)
	}
	slices.SortStableFunc(index, func(a, b int64) int { return order(int(a), int(b)) })
	return index, nil
}

// samplesPerBlock is how many rows of each block decide where the partitions
// of a sort begin.
const samplesPerBlock = 64

// sort cuts the range of keys into as many parts as there are blocks, by
// samples, distributes the rows over the parts and sorts each part.
func (e *exchange) sort(blocks []slice) error {
	keys := e.node.Keys
	parts := len(blocks)
	if parts == 0 {
		return nil
	}
	scattered, err := scatterByKey(blocks, keys)
	if err != nil {
		return err
	}
	final := ray.NewFunction(sortTask, typeBlock)
	for p := range parts {
		e.tasks = append(e.tasks, func() *ray.Ref { return final.Submit(all(scattered, keys, p)...) })
	}
	return nil
}

// scatterByKey distributes rows over as many partitions as there are blocks:
// all rows of a partition come before those of the next.
func scatterByKey(blocks []slice, keys []SortKey) ([]*ray.Ref, error) {
	parts := len(blocks)
	if parts == 1 {
		b := blocks[0]
		spread := ray.Submit(spreadTask, nil, typeBlock, keys, 1, cut{b.Low, b.High}, (*Block)(nil), b.Ref)
		return []*ray.Ref{spread}, spread.Err()
	}
	sample := ray.NewFunction(sampleTask, typeBlock)
	samples := make([]*ray.Ref, parts)
	for i, b := range blocks {
		samples[i] = sample.Submit(keys, cut{b.Low, b.High}, b.Ref)
	}
	bounds := ray.Submit(boundsTask, nil, typeBlock, all(samples, keys, parts)...)
	if err := bounds.Err(); err != nil {
		return nil, err
	}
	spread := ray.NewFunction(spreadTask, typeBlock)
	scattered := make([]*ray.Ref, parts)
	for i, b := range blocks {
		scattered[i] = spread.Submit(keys, parts, cut{b.Low, b.High}, bounds, b.Ref)
	}
	return scattered, nil
}

// keyColumns checks that rec has the keys and returns only them.
func keyColumns(rec arrow.RecordBatch, keys []SortKey) (arrow.RecordBatch, error) {
	var names []string
	for _, k := range keys {
		if !slices.Contains(names, k.Column) {
			names = append(names, k.Column)
		}
	}
	if rec.NumRows() == 0 && rec.NumCols() == 0 {
		return rec, nil
	}
	if err := checkColumns("Sort", rec.Schema(), names); err != nil {
		return nil, err
	}
	return selectColumns(rec, names), nil
}

// sampleTask takes evenly spaced rows of a block, keys only.
func sampleTask(keys []SortKey, c cut, b *Block) (*Block, error) {
	rec, err := b.Record()
	if err != nil {
		return nil, err
	}
	if rec, err = keyColumns(sliceRecord(rec, c.Low, c.High), keys); err != nil {
		return nil, err
	}
	rows := rec.NumRows()
	if rows <= samplesPerBlock {
		return NewBlock(rec), nil
	}
	index := make([]int64, samplesPerBlock)
	for i := range index {
		index[i] = int64(i) * rows / samplesPerBlock
	}
	if rec, err = takeRecord(rec, index); err != nil {
		return nil, err
	}
	return NewBlock(rec), nil
}

// boundsTask sorts all samples and takes the keys at which partitions begin.
func boundsTask(keys []SortKey, parts int, samples ...*Block) (*Block, error) {
	recs := make([]arrow.RecordBatch, len(samples))
	for i, b := range samples {
		var err error
		if recs[i], err = b.Record(); err != nil {
			return nil, err
		}
	}
	rec, err := concatRecords(recs)
	if err == nil && rec.NumRows() > 0 {
		rec, err = sortRecord(rec, keys)
	}
	if err != nil || rec.NumRows() == 0 {
		return NewBlock(emptyRecord(arrow.NewSchema(nil, nil))), err
	}
	var index []int64
	for p := 1; p < parts; p++ {
		index = append(index, int64(p)*rec.NumRows()/int64(parts))
	}
	if rec, err = takeRecord(rec, index); err != nil {
		return nil, err
	}
	return NewBlock(rec), nil
}

// spreadTask gives each row to the partition of its key.
func spreadTask(keys []SortKey, parts int, c cut, bounds, b *Block) (*Block, error) {
	rec, err := b.Record()
	if err != nil {
		return nil, err
	}
	rec = sliceRecord(rec, c.Low, c.High)
	of := make([]int, rec.NumRows())
	if parts == 1 || rec.NumRows() == 0 {
		return scatter(rec, of, parts)
	}
	limits, err := bounds.Record()
	if err != nil {
		return nil, err
	}
	own, err := keyColumns(rec, keys)
	if err != nil {
		return nil, err
	}
	if spreadNumbers(of, rec, limits, keys) {
		return scatter(rec, of, parts)
	}
	// Rows and bounds are compared as rows of one record: bounds come first.
	both, err := concatRecords([]arrow.RecordBatch{limits, own})
	if err != nil {
		return nil, err
	}
	order, err := rowOrder(both, keys)
	if err != nil {
		return nil, err
	}
	n := int(limits.NumRows())
	for i := range of {
		of[i] = sort.Search(n, func(j int) bool { return order(n+i, j) < 0 })
	}
	return scatter(rec, of, parts)
}

// sortTask puts a partition together and sorts it.
func sortTask(keys []SortKey, part int, blocks ...*Block) (*Block, error) {
	rec, err := partition(part, blocks)
	if err != nil {
		return nil, err
	}
	if rec.NumRows() > 1 {
		if rec, err = sortRecord(rec, keys); err != nil {
			return nil, err
		}
	}
	return NewBlock(rec), nil
}
