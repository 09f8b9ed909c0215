package data

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// AggKind names an aggregation.
type AggKind string

const (
	aggCount AggKind = "count"
	aggSum   AggKind = "sum"
	aggMean  AggKind = "mean"
	aggMin   AggKind = "min"
	aggMax   AggKind = "max"
	aggStd   AggKind = "std"
	aggAbs   AggKind = "abs_max"
	aggNulls AggKind = "null_count"
)

// Aggregation computes one value of the rows of a group. Nulls are left out;
// of no value at all the result is null (Count gives 0).
type Aggregation struct {
	Kind   AggKind
	Column string
	Name   string // of the result; default: "mean(fare)"
	DDOF   int    // Std: the divisor is n-DDOF
}

// As names the result.
func (a Aggregation) As(name string) Aggregation { a.Name = name; return a }

// Count counts rows; its result is called "count()".
func Count() Aggregation { return Aggregation{Kind: aggCount, Name: "count()"} }

// CountOf counts the values of column that are not null.
func CountOf(column string) Aggregation { return newAgg(aggCount, column) }

// NullsOf counts the nulls of column.
func NullsOf(column string) Aggregation { return newAgg(aggNulls, column) }

// Sum adds up a numeric column. The sum of integers is an int64, and overflow an error.
func Sum(column string) Aggregation { return newAgg(aggSum, column) }

// Mean is the arithmetic mean.
func Mean(column string) Aggregation { return newAgg(aggMean, column) }

// Min is the smallest value of a column of numbers, strings or times.
func Min(column string) Aggregation { return newAgg(aggMin, column) }

// Max is the largest value of a column of numbers, strings or times.
func Max(column string) Aggregation { return newAgg(aggMax, column) }

// AbsMax is the largest absolute value of a numeric column.
func AbsMax(column string) Aggregation { return newAgg(aggAbs, column) }

// Std is the standard deviation with divisor n-1; null for fewer than two values.
func Std(column string) Aggregation {
	a := newAgg(aggStd, column)
	a.DDOF = 1
	return a
}

// StdDDOF is Std with divisor n-ddof.
func StdDDOF(column string, ddof int) Aggregation {
	a := newAgg(aggStd, column)
	a.DDOF = ddof
	return a
}

func newAgg(kind AggKind, column string) Aggregation {
	return Aggregation{Kind: kind, Column: column, Name: fmt.Sprintf("%s(%s)", kind, column)}
}

// Grouped is a dataset with its rows grouped by keys. Its methods return one
// row per group, the keys first, ordered by the keys.
type Grouped struct {
	set  *Dataset
	keys []string
}

// Aggregate computes several aggregations in one pass.
func (g *Grouped) Aggregate(aggs ...Aggregation) *Dataset {
	return g.set.after(&node{Kind: nodeAggregate, Group: &grouping{Keys: g.keys, Aggs: aggs}})
}

// Count counts the rows of each group, in the column "count()".
func (g *Grouped) Count() *Dataset { return g.Aggregate(Count()) }

// Sum adds up the columns in each group, in columns "sum(…)".
func (g *Grouped) Sum(columns ...string) *Dataset { return g.each(Sum, columns) }

// Mean is the mean of the columns in each group, in columns "mean(…)".
func (g *Grouped) Mean(columns ...string) *Dataset { return g.each(Mean, columns) }

// Min is the smallest value of the columns in each group, in columns "min(…)".
func (g *Grouped) Min(columns ...string) *Dataset { return g.each(Min, columns) }

// Max is the largest value of the columns in each group, in columns "max(…)".
func (g *Grouped) Max(columns ...string) *Dataset { return g.each(Max, columns) }

// Std is the standard deviation (n-1) of the columns in each group, in columns "std(…)".
func (g *Grouped) Std(columns ...string) *Dataset { return g.each(Std, columns) }

func (g *Grouped) each(agg func(string) Aggregation, columns []string) *Dataset {
	aggs := make([]Aggregation, len(columns))
	for i, c := range columns {
		aggs[i] = agg(c)
	}
	return g.Aggregate(aggs...)
}

// grouping is an aggregation in a plan; without keys all rows are one group.
type grouping struct {
	Keys []string
	Aggs []Aggregation
}

// output checks the columns and returns the schema of the result.
func (g *grouping) output(in *arrow.Schema) (*arrow.Schema, error) {
	if len(g.Aggs) == 0 {
		return nil, planErrorf(kindColumn, "data: GroupBy: no column to aggregate; name at least one, for example Mean(\"fare\")")
	}
	if in == nil {
		return nil, nil
	}
	if err := checkColumns("GroupBy", in, g.Keys); err != nil {
		return nil, err
	}
	fields := selectFields(in, g.Keys).Fields()
	for _, a := range g.Aggs {
		t, err := a.resultType(in)
		if err != nil {
			return nil, err
		}
		fields = append(fields, arrow.Field{Name: a.Name, Type: t, Nullable: true})
	}
	out := arrow.NewSchema(fields, nil)
	return out, distinct("GroupBy", fieldNames(out))
}

func (a Aggregation) resultType(in *arrow.Schema) (arrow.DataType, error) {
	if a.Kind == aggCount && a.Column == "" {
		return arrow.PrimitiveTypes.Int64, nil
	}
	f, ok := fieldByName(in, a.Column)
	if !ok {
		return nil, missingColumn(string(a.Kind), a.Column, fieldNames(in))
	}
	switch a.Kind {
	case aggCount, aggNulls:
		return arrow.PrimitiveTypes.Int64, nil
	case aggMin, aggMax:
		if isOrdered(f.Type) {
			return f.Type, nil
		}
	case aggSum, aggAbs:
		if isInteger(f.Type) || f.Type.ID() == arrow.BOOL {
			return arrow.PrimitiveTypes.Int64, nil
		}
		if isMeasured(f.Type) {
			return arrow.PrimitiveTypes.Float64, nil
		}
	case aggMean, aggStd:
		if isMeasured(f.Type) || f.Type.ID() == arrow.BOOL {
			return arrow.PrimitiveTypes.Float64, nil
		}
	}
	return nil, planErrorf(kindType, "data: %s(%s): the column is %s; aggregate a numeric column", a.Kind, a.Column, typeName(f.Type))
}

// isMeasured says that a column can be added up in float64; durations count in
// seconds.
func isMeasured(t arrow.DataType) bool {
	return isNumeric(t) || t.ID() == arrow.NULL || t.ID() == arrow.DURATION || t.ID() == arrow.DECIMAL128
}

// isOrdered says that a column has a smallest and a largest value.
func isOrdered(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.BOOL, arrow.BINARY, arrow.FIXED_SIZE_BINARY, arrow.TIME32, arrow.TIME64:
		return true
	}
	return isMeasured(t) || isTemporal(t) || isText(t)
}
