package data

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
)

// takeAt is compute.TakeArray with nulls for null positions, also for columns
// of type null.
func takeAt(col, at arrow.Array) (arrow.Array, error) {
	if col.DataType().ID() == arrow.NULL {
		return array.NewNull(at.Len()), nil
	}
	return compute.TakeArray(context.Background(), col, at)
}

// The columns of a partial result: the keys by position, then the states of
// the aggregations by position and part.
func keyName(i int) string                { return fmt.Sprintf("k%d", i) }
func stateName(i int, part string) string { return fmt.Sprintf("s%d.%s", i, part) }

// record writes the table as a record that can travel.
func (t *aggTable) record() (arrow.RecordBatch, error) {
	var fields []arrow.Field
	var cols []arrow.Array
	add := func(name string, a arrow.Array) {
		fields = append(fields, arrow.Field{Name: name, Type: a.DataType(), Nullable: true})
		cols = append(cols, a)
	}
	for i, k := range t.keys {
		add(keyName(i), k)
	}
	for i, s := range t.states {
		add(stateName(i, "count"), intArray(s.count))
		if s.exact {
			add(stateName(i, "ints"), intArray(s.ints))
		}
		if s.sum != nil {
			add(stateName(i, "sum"), floatArray(s.sum))
			add(stateName(i, "mean"), floatArray(s.mean))
			add(stateName(i, "m2"), floatArray(s.m2))
		}
		if s.nulls != nil {
			add(stateName(i, "nulls"), intArray(s.nulls))
		}
		if s.best != nil {
			add(stateName(i, "best"), s.best)
		}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(t.groups)), nil
}

func intArray(v []int64) arrow.Array {
	b := array.NewInt64Builder(allocator)
	b.AppendValues(v, nil)
	return b.NewArray()
}

func floatArray(v []float64) arrow.Array {
	b := array.NewFloat64Builder(allocator)
	b.AppendValues(v, nil)
	return b.NewArray()
}

// merge reads partial results and merges the groups with equal keys, in the
// order of the blocks, so that sums do not depend on timing.
func (g *grouping) merge(blocks []*Block) (*aggTable, error) {
	var recs []arrow.RecordBatch
	for _, b := range blocks {
		rec, err := b.Record()
		if err != nil {
			return nil, err
		}
		if rec.NumRows() > 0 {
			recs = append(recs, rec)
		}
	}
	t := &aggTable{group: g}
	if len(recs) == 0 {
		return t, nil
	}
	rec, err := concatRecords(recs)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(g.Keys))
	for i := range keys {
		keys[i] = keyName(i)
	}
	of, first := groupRows(selectColumns(rec, keys))
	t.groups = len(first)
	for _, k := range keys {
		a, err := takeArray(rec.Column(rec.Schema().FieldIndices(k)[0]), first)
		if err != nil {
			return nil, err
		}
		t.keys = append(t.keys, a)
	}
	for i, a := range g.Aggs {
		s, err := a.mergeState(rec, i, of, t.groups)
		if err != nil {
			return nil, err
		}
		t.states = append(t.states, s)
	}
	return t, nil
}

// mergeState merges the rows of one aggregation's state.
func (a Aggregation) mergeState(rec arrow.RecordBatch, i int, of []int32, groups int) (aggState, error) {
	part := func(name string) arrow.Array {
		at := rec.Schema().FieldIndices(stateName(i, name))
		if len(at) == 0 {
			return nil
		}
		return rec.Column(at[0])
	}
	s := aggState{count: make([]int64, groups)}
	counts := part("count").(*array.Int64)
	if best := part("best"); best != nil {
		if err := s.accumulateBest(a, best, of, groups); err != nil {
			return s, err
		}
		clear(s.count)
	}
	for r, g := range of {
		s.count[g] += counts.Value(r)
	}
	if nulls, ok := part("nulls").(*array.Int64); ok {
		s.nulls = make([]int64, groups)
		for r, g := range of {
			s.nulls[g] += nulls.Value(r)
		}
	}
	ints, _ := part("ints").(*array.Int64)
	sums, _ := part("sum").(*array.Float64)
	switch {
	case sums != nil:
		s.mergeFloats(a, rec, ints, sums, part("mean").(*array.Float64), part("m2").(*array.Float64), counts, of, groups)
	case ints != nil:
		s.exact, s.ints = true, make([]int64, groups)
		for r, g := range of {
			if err := a.addInt(&s.ints[g], ints.Value(r)); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// mergeFloats merges sums and spreads pairwise (Chan et al.). Blocks whose
// column was of integers have ints in place of sums.
func (s *aggState) mergeFloats(a Aggregation, rec arrow.RecordBatch, ints *array.Int64, sums, means, m2s *array.Float64, counts *array.Int64, of []int32, groups int) {
	s.sum, s.mean, s.m2 = make([]float64, groups), make([]float64, groups), make([]float64, groups)
	n, lost := make([]float64, groups), make([]float64, groups)
	defer func() {
		for g := range s.sum {
			s.sum[g] = withLost(s.sum[g], lost[g])
		}
	}()
	for r, g := range of {
		m := float64(counts.Value(r))
		sum, mean, m2 := sums.Value(r), means.Value(r), m2s.Value(r)
		if sums.IsNull(r) {
			sum, mean, m2 = float64(ints.Value(r)), 0, 0
		}
		if a.Kind == aggAbs {
			s.sum[g] = math.Max(s.sum[g], sum)
			continue
		}
		s.sum[g] = compensated(s.sum[g], sum, &lost[g])
		if m == 0 {
			continue
		}
		total := n[g] + m
		delta := mean - s.mean[g]
		s.mean[g] += delta * m / total
		s.m2[g] += m2 + delta*delta*n[g]*m/total
		n[g] = total
	}
}

// finish computes the results, ordered by key. in is the schema of what was
// aggregated, nil when unknown; it types results that have no value.
func (t *aggTable) finish(in *arrow.Schema) (arrow.RecordBatch, error) {
	g := t.group
	if t.groups == 0 {
		rows := 1
		if len(g.Keys) > 0 {
			rows = 0
		}
		return g.emptyResult(in, rows)
	}
	var fields []arrow.Field
	var cols []arrow.Array
	add := func(name string, a arrow.Array) {
		fields = append(fields, arrow.Field{Name: name, Type: a.DataType(), Nullable: true})
		cols = append(cols, a)
	}
	for i, k := range g.Keys {
		add(k, t.keys[i])
	}
	for i, a := range g.Aggs {
		add(a.Name, a.result(t.states[i]))
	}
	rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(t.groups))
	if len(g.Keys) == 0 {
		return rec, nil
	}
	keys := make([]SortKey, len(g.Keys))
	for i, k := range g.Keys {
		keys[i] = Asc(k)
	}
	return sortRecord(rec, keys)
}

func (g *grouping) emptyResult(in *arrow.Schema, rows int) (arrow.RecordBatch, error) {
	var fields []arrow.Field
	var cols []arrow.Array
	for _, k := range g.Keys {
		f := arrow.Field{Name: k, Type: arrow.Null, Nullable: true}
		if in != nil {
			f, _ = fieldByName(in, k)
		}
		fields = append(fields, f)
		cols = append(cols, array.MakeArrayOfNull(allocator, f.Type, rows))
	}
	for _, a := range g.Aggs {
		var t arrow.DataType = arrow.Null
		if in != nil {
			if known, err := a.resultType(in); err == nil {
				t = known
			}
		}
		col := array.MakeArrayOfNull(allocator, t, rows)
		if a.Kind == aggCount || a.Kind == aggNulls {
			col = intArray(make([]int64, rows))
			t = col.DataType()
		}
		fields = append(fields, arrow.Field{Name: a.Name, Type: t, Nullable: true})
		cols = append(cols, col)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(rows)), nil
}

// result computes the values of one aggregation from its states.
func (a Aggregation) result(s aggState) arrow.Array {
	switch a.Kind {
	case aggCount:
		return intArray(s.count)
	case aggNulls:
		return intArray(s.nulls)
	case aggMin, aggMax:
		return s.best
	}
	valid := make([]bool, len(s.count))
	for g, n := range s.count {
		valid[g] = n > 0
	}
	if s.exact {
		b := array.NewInt64Builder(allocator)
		b.AppendValues(s.ints, valid)
		return b.NewArray()
	}
	values := make([]float64, len(s.count))
	for g, n := range s.count {
		switch a.Kind {
		case aggSum, aggAbs:
			values[g] = s.sum[g]
		case aggMean:
			values[g] = s.sum[g] / float64(n)
		case aggStd:
			free := float64(n) - float64(a.DDOF)
			valid[g] = free > 0
			values[g] = math.Sqrt(s.m2[g] / free)
		}
	}
	b := array.NewFloat64Builder(allocator)
	b.AppendValues(values, valid)
	return b.NewArray()
}
