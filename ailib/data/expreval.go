package data

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
)

// eval computes e for every row of rec.
func (e Expr) eval(rec arrow.RecordBatch) (arrow.Array, error) {
	t, err := e.resultType(rec.Schema())
	if err != nil {
		return nil, err
	}
	rows := int(rec.NumRows())
	switch e.op {
	case opCol:
		col := rec.Column(rec.Schema().FieldIndices(e.name)[0])
		return castArray(col, t)
	case opLit:
		return e.value.repeat(t, rows)
	}
	args := make([]arrow.Array, len(e.args))
	for i, a := range e.args {
		if args[i], err = a.eval(rec); err != nil {
			return nil, err
		}
	}
	out, err := evalOperator(e, t, args)
	if err != nil {
		var plan *PlanError
		if errors.As(err, &plan) {
			return nil, err
		}
		if strings.Contains(err.Error(), "overflow") {
			return nil, planErrorf(kindOverflow, "data: %s: integer overflow; cast a column to float64 first", e)
		}
		return nil, fmt.Errorf("data: %s: %w", e, err)
	}
	return out, nil
}

var kernelNames = map[exprOp]string{
	opAdd: "add", opSub: "sub", opMul: "multiply", opDiv: "divide_unchecked",
	opGt: "greater", opGe: "greater_equal", opLt: "less", opLe: "less_equal", opEq: "equal", opNe: "not_equal",
	opAnd: "and_kleene", opOr: "or_kleene", opNot: "not", opNull: "is_null",
	opAbs: "abs", opSqrt: "sqrt_unchecked", opLn: "ln_unchecked",
}

func evalOperator(e Expr, t arrow.DataType, args []arrow.Array) (arrow.Array, error) {
	switch e.op {
	case opCast:
		return castArray(args[0], t)
	case opChoose:
		return choose(args[0].(*array.Boolean), args[1], args[2], t)
	case opHour, opWday, opDay, opMonth, opYear:
		return calendar(e.op, args[0]), nil
	case opSecs:
		seconds, err := floatValues(args[0])
		if err != nil {
			return nil, err
		}
		return floatsLike(seconds, args[0]), nil
	case opSub:
		if t.ID() == arrow.DURATION {
			return timeDifference(args[0], args[1])
		}
	case opNull:
		return isNull(args[0]), nil
	case opDiv, opSqrt, opLn:
		return floatOperator(e.op, args)
	}
	common := args[0].DataType()
	if len(args) == 2 {
		switch u, err := unifyTypes(common, args[1].DataType()); {
		case err == nil:
			common = u
		case isTemporal(common):
			common = &arrow.TimestampType{Unit: arrow.Nanosecond}
		default:
			common = arrowDuration
		}
	}
	if isNumeric(t) {
		common = t // int32 columns are added in int64
	}
	if common.ID() == arrow.NULL {
		return array.MakeArrayOfNull(allocator, t, args[0].Len()), nil
	}
	datums := make([]compute.Datum, len(args))
	for i, a := range args {
		c, err := toCommon(a, common)
		if err != nil {
			return nil, err
		}
		datums[i] = compute.NewDatum(c)
	}
	out, err := compute.CallFunction(context.Background(), kernelNames[e.op], nil, datums...)
	if err != nil {
		return nil, err
	}
	return out.(*compute.ArrayDatum).MakeArray(), nil
}

// toCommon converts for a comparison; times are compared as instants.
func toCommon(a arrow.Array, t arrow.DataType) (arrow.Array, error) {
	if t.ID() == arrow.TIMESTAMP && isTemporal(a.DataType()) && !arrow.TypeEqual(a.DataType(), t) {
		b := array.NewTimestampBuilder(allocator, t.(*arrow.TimestampType))
		b.Reserve(a.Len())
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
			} else {
				b.AppendTime(timeAt(a, i))
			}
		}
		return b.NewArray(), nil
	}
	return castArray(a, t)
}

// floatOperator is for what is done in float64 whatever the operands are.
func floatOperator(op exprOp, args []arrow.Array) (arrow.Array, error) {
	x, err := floatValues(args[0])
	if err != nil {
		return nil, err
	}
	switch op {
	case opSqrt:
		for i := range x {
			x[i] = math.Sqrt(x[i])
		}
	case opLn:
		for i := range x {
			x[i] = math.Log(x[i])
		}
	case opDiv:
		y, err := floatValues(args[1])
		if err != nil {
			return nil, err
		}
		for i := range x {
			x[i] /= y[i]
		}
	}
	return floatsLike(x, args...), nil
}

// floatsLike makes a column that is null where any of the operands is.
func floatsLike(values []float64, operands ...arrow.Array) arrow.Array {
	b := array.NewFloat64Builder(allocator)
	b.AppendValues(values, validity(len(values), operands...))
	return b.NewArray()
}

// validity is nil when no operand has nulls.
func validity(n int, operands ...arrow.Array) []bool {
	var valid []bool
	for _, a := range operands {
		if a.NullN() == 0 {
			continue
		}
		if valid == nil {
			valid = make([]bool, n)
			for i := range valid {
				valid[i] = true
			}
		}
		for i := range valid {
			valid[i] = valid[i] && !missing(a, i)
		}
	}
	return valid
}

func isNull(a arrow.Array) arrow.Array {
	b := array.NewBooleanBuilder(allocator)
	b.Reserve(a.Len())
	for i := range a.Len() {
		b.UnsafeAppend(missing(a, i))
	}
	return b.NewArray()
}

func choose(condition *array.Boolean, then, otherwise arrow.Array, t arrow.DataType) (arrow.Array, error) {
	a, err := castArray(then, t)
	if err != nil {
		return nil, err
	}
	b, err := castArray(otherwise, t)
	if err != nil {
		return nil, err
	}
	both, err := array.Concatenate([]arrow.Array{a, b}, allocator)
	if err != nil {
		return nil, err
	}
	n := condition.Len()
	index := make([]int64, n)
	for i := range index {
		index[i] = int64(i)
		if condition.IsNull(i) || !condition.Value(i) {
			index[i] += int64(n)
		}
	}
	return takeArray(both, index)
}

func timeDifference(a, b arrow.Array) (arrow.Array, error) {
	out := array.NewDurationBuilder(allocator, &arrow.DurationType{Unit: arrow.Microsecond})
	out.Reserve(a.Len())
	x, xok := a.(*array.Timestamp)
	y, yok := b.(*array.Timestamp)
	micro := xok && yok && x.DataType().(*arrow.TimestampType).Unit == arrow.Microsecond && y.DataType().(*arrow.TimestampType).Unit == arrow.Microsecond
	for i := range a.Len() {
		switch {
		case a.IsNull(i) || b.IsNull(i):
			out.AppendNull()
		case micro:
			out.Append(arrow.Duration(x.Value(i) - y.Value(i)))
		default:
			out.Append(arrow.Duration(timeAt(a, i).Sub(timeAt(b, i)).Microseconds()))
		}
	}
	return out.NewArray(), nil
}

// calendar computes a part of the date or time in the column's own zone.
func calendar(op exprOp, a arrow.Array) arrow.Array {
	b := array.NewInt64Builder(allocator)
	b.Reserve(a.Len())
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		t := timeAt(a, i)
		var v int
		switch op {
		case opHour:
			v = t.Hour()
		case opWday:
			v = (int(t.Weekday()) + 6) % 7
		case opDay:
			v = t.Day()
		case opMonth:
			v = int(t.Month())
		case opYear:
			v = t.Year()
		}
		b.Append(int64(v))
	}
	return b.NewArray()
}

// repeat is the constant once per row.
func (l literal) repeat(t arrow.DataType, rows int) (arrow.Array, error) {
	b := array.NewBuilder(allocator, t)
	b.Reserve(rows)
	for range rows {
		switch b := b.(type) {
		case *array.Int64Builder:
			b.Append(l.i)
		case *array.Float64Builder:
			b.Append(l.f)
		case *array.StringBuilder:
			b.Append(l.s)
		case *array.BooleanBuilder:
			b.Append(l.i != 0)
		case *array.TimestampBuilder:
			b.AppendTime(l.t)
		case *array.DurationBuilder:
			b.Append(arrow.Duration(time.Duration(l.i)))
		default:
			b.AppendNull()
		}
	}
	return b.NewArray(), nil
}

// takeArray returns the values at the given positions.
func takeArray(a arrow.Array, index []int64) (arrow.Array, error) {
	if a.DataType().ID() == arrow.NULL {
		return array.NewNull(len(index)), nil
	}
	b := array.NewInt64Builder(allocator)
	b.AppendValues(index, nil)
	return compute.TakeArray(context.Background(), a, b.NewArray())
}

// takeRecord returns the rows at the given positions.
func takeRecord(rec arrow.RecordBatch, index []int64) (arrow.RecordBatch, error) {
	b := array.NewInt64Builder(allocator)
	b.AppendValues(index, nil)
	at := b.NewArray()
	cols := make([]arrow.Array, rec.NumCols())
	for i, c := range rec.Columns() {
		var err error
		if c.DataType().ID() == arrow.NULL {
			cols[i] = array.NewNull(len(index))
			continue
		}
		if cols[i], err = compute.TakeArray(context.Background(), c, at); err != nil {
			return nil, fmt.Errorf("data: column %q: %w", rec.ColumnName(i), err)
		}
	}
	return array.NewRecordBatch(rec.Schema(), cols, int64(len(index))), nil
}

// filterRecord returns the rows for which keep is true.
func filterRecord(rec arrow.RecordBatch, keep []bool) (arrow.RecordBatch, error) {
	var index []int64
	for i, k := range keep {
		if k {
			index = append(index, int64(i))
		}
	}
	if len(index) == len(keep) {
		return rec, nil
	}
	return takeRecord(rec, index)
}
