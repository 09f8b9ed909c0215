package data

import (
	"math"
)

// Aggregate computes aggregations of all rows in one pass and returns them as
// one row. Of no value the result is nil (0 for Count and NullsOf).
func (d *Dataset) Aggregate(aggs ...Aggregation) (Row, error) {
	b, err := d.GroupBy().Aggregate(aggs...).TakeBatch(1)
	if err != nil {
		return nil, err
	}
	return b.Row(0), nil
}

func (d *Dataset) one(a Aggregation) (any, error) {
	row, err := d.Aggregate(a)
	return row[a.Name], err
}

func (d *Dataset) number(a Aggregation) (float64, error) {
	v, err := d.one(a)
	f, ok := v.(float64)
	if !ok {
		f = math.NaN()
	}
	return f, err
}

// Sum adds up a column: an int64 for integers, a float64 otherwise, nil when
// there is no value. A sum of integers that overflows is ErrOverflow.
func (d *Dataset) Sum(column string) (any, error) { return d.one(Sum(column)) }

// Min returns the smallest value of a column, nil when there is none.
func (d *Dataset) Min(column string) (any, error) { return d.one(Min(column)) }

// Max returns the largest value of a column, nil when there is none.
func (d *Dataset) Max(column string) (any, error) { return d.one(Max(column)) }

// Mean returns the mean of a column, NaN when it has no value.
func (d *Dataset) Mean(column string) (float64, error) { return d.number(Mean(column)) }

// Std returns the standard deviation (divisor n-1) of a column, NaN for fewer
// than two values.
func (d *Dataset) Std(column string) (float64, error) { return d.number(Std(column)) }
