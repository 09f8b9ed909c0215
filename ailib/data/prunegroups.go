package data

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// valueRange bounds the values of a column in a row group, in the column's own
// unit. It may be wider than the values, never narrower.
type valueRange struct{ low, high float64 }

// groupRanges reads the statistics of the numeric and timestamp columns of a
// row group.
func groupRanges(r *file.Reader, group int, fields []pqarrow.SchemaField) map[string]valueRange {
	out := map[string]valueRange{}
	for _, f := range fields {
		if !f.IsLeaf() || !prunable(f.Field.Type) {
			continue
		}
		chunk, err := r.MetaData().RowGroup(group).ColumnChunk(f.ColIndex)
		if err != nil {
			continue
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasMinMax() {
			continue
		}
		var v valueRange
		switch s := stats.(type) {
		case *metadata.Int32Statistics:
			v = valueRange{float64(s.Min()), float64(s.Max())}
		case *metadata.Int64Statistics:
			v = valueRange{float64(s.Min()), float64(s.Max())}
		case *metadata.Float32Statistics:
			v = valueRange{float64(s.Min()), float64(s.Max())}
		case *metadata.Float64Statistics:
			v = valueRange{s.Min(), s.Max()}
		default:
			continue
		}
		if max(math.Abs(v.low), math.Abs(v.high)) >= 1<<53 {
			// float64 rounds such integers: one step outwards is safe.
			v.low, v.high = math.Nextafter(v.low, math.Inf(-1)), math.Nextafter(v.high, math.Inf(1))
		}
		if !math.IsNaN(v.low) && !math.IsNaN(v.high) {
			out[f.Field.Name] = v
		}
	}
	return out
}

func prunable(t arrow.DataType) bool {
	return arrow.IsSignedInteger(t.ID()) || t.ID() == arrow.FLOAT32 || t.ID() == arrow.FLOAT64 || t.ID() == arrow.TIMESTAMP
}

// excludes says that e is true for no row whose values lie in the ranges. It
// may say no where nothing is known.
func (e Expr) excludes(ranges map[string]valueRange, in *arrow.Schema) bool {
	switch e.op {
	case opAnd:
		return e.args[0].excludes(ranges, in) || e.args[1].excludes(ranges, in)
	case opOr:
		return e.args[0].excludes(ranges, in) && e.args[1].excludes(ranges, in)
	case opGt, opGe, opLt, opLe, opEq:
	default:
		return false
	}
	op, col, lit := e.op, e.args[0], e.args[1]
	if col.op == opLit {
		col, lit, op = lit, col, flipped[op]
	}
	r, known := ranges[col.name]
	f, exists := fieldByName(in, col.name)
	if col.op != opCol || lit.op != opLit || !known || !exists {
		return false
	}
	v, ok := lit.value.inUnitOf(f.Type)
	if !ok {
		return false
	}
	switch op {
	case opGt:
		return r.high <= v
	case opGe:
		return r.high < v
	case opLt:
		return r.low >= v
	case opLe:
		return r.low > v
	}
	return v < r.low || v > r.high
}

var flipped = map[exprOp]exprOp{opGt: opLt, opGe: opLe, opLt: opGt, opLe: opGe, opEq: opEq}

// inUnitOf is a constant as a number of the unit in which a column counts.
func (l literal) inUnitOf(t arrow.DataType) (float64, bool) {
	ts, isTime := t.(*arrow.TimestampType)
	switch {
	case l.kind == litInt && !isTime:
		return float64(l.i), true
	case l.kind == litFloat && !isTime:
		return l.f, true
	case l.kind == litTime && isTime:
		v, err := arrow.TimestampFromTime(l.t, ts.Unit)
		return float64(v), err == nil
	}
	return 0, false
}

// pruneGroups tells a Parquet source directly below filters which rows are not
// wanted, so that row groups without any are not read. The filters stay.
func pruneGroups(n *node) *node {
	if n.Kind == nodeStep && n.Step.Kind == stepFilterExpr {
		filters := []Expr{n.Step.Expr}
		in := n.Inputs[0]
		for in.Kind == nodeStep && in.Step.Kind == stepFilterExpr {
			filters = append(filters, in.Step.Expr)
			in = in.Inputs[0]
		}
		if in.Kind == nodeSource && in.Source.Kind == sourceParquet {
			src := *in.Source
			src.Wanted = filters
			in.Source = &src
			return n
		}
	}
	return rebuild(n, pruneGroups)
}

// unwanted says that no row of the group passes the filters above the source.
func (s *source) unwanted(ranges map[string]valueRange, in *arrow.Schema) bool {
	for _, e := range s.Wanted {
		if e.excludes(ranges, in) {
			return true
		}
	}
	return false
}
