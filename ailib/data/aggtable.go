package data

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// aggTable is a hash table of groups. Partial results of blocks are tables
// that travel as records, and are merged into one.
type aggTable struct {
	group  *grouping
	keys   []arrow.Array // of the groups, in the order in which they were seen
	groups int
	states []aggState
}

// aggState is the state of one aggregation, a value per group.
type aggState struct {
	count []int64
	sum   []float64
	ints  []int64 // sums of integer columns
	mean  []float64
	m2    []float64
	nulls []int64
	best  arrow.Array // Min and Max: the values, taken from columns
	exact bool        // ints holds the sum
}

// partial aggregates one block.
func (g *grouping) partial(rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	if rec.NumRows() == 0 {
		return emptyRecord(arrow.NewSchema(nil, nil)), nil
	}
	if err := checkColumns("GroupBy", rec.Schema(), g.Keys); err != nil {
		return nil, err
	}
	of, first := groupRows(selectColumns(rec, g.Keys))
	t := &aggTable{group: g, groups: len(first)}
	for _, k := range g.Keys {
		a, err := takeArray(rec.Column(rec.Schema().FieldIndices(k)[0]), first)
		if err != nil {
			return nil, err
		}
		t.keys = append(t.keys, a)
	}
	for _, a := range g.Aggs {
		if _, err := a.resultType(rec.Schema()); err != nil {
			return nil, err
		}
		var col arrow.Array
		if a.Column != "" {
			col = rec.Column(rec.Schema().FieldIndices(a.Column)[0])
		}
		s, err := a.accumulate(col, of, t.groups)
		if err != nil {
			return nil, err
		}
		t.states = append(t.states, s)
	}
	return t.record()
}

// accumulate runs over the values of a column once.
func (a Aggregation) accumulate(col arrow.Array, of []int32, groups int) (aggState, error) {
	s := aggState{count: make([]int64, groups)}
	if col == nil {
		for _, g := range of {
			s.count[g]++
		}
		return s, nil
	}
	if col.DataType().ID() == arrow.NULL {
		if a.Kind == aggMin || a.Kind == aggMax {
			s.best = array.NewNull(groups)
			return s, nil
		}
		col = array.MakeArrayOfNull(allocator, arrow.PrimitiveTypes.Float64, col.Len())
	}
	switch a.Kind {
	case aggCount, aggNulls:
		s.nulls = make([]int64, groups)
		for i, g := range of {
			if col.IsNull(i) {
				s.nulls[g]++
			} else {
				s.count[g]++
			}
		}
		return s, nil
	case aggMin, aggMax:
		return s, s.accumulateBest(a, col, of, groups)
	case aggSum, aggAbs:
		if isInteger(col.DataType()) || col.DataType().ID() == arrow.BOOL {
			return s, s.accumulateInts(a, col, of, groups)
		}
	}
	values, err := floatsOf(col)
	if err != nil {
		return s, planErrorf(kindType, "data: %s: %v", a.Name, err)
	}
	s.sum, s.mean, s.m2 = make([]float64, groups), make([]float64, groups), make([]float64, groups)
	lost := make([]float64, groups) // what rounding took from the sums
	// Two passes give the spread without the loss of sum-of-squares formulas.
	nulls := col.NullN() > 0
	for i, g := range of {
		if nulls && col.IsNull(i) {
			continue
		}
		s.count[g]++
		if a.Kind == aggAbs {
			s.sum[g] = math.Max(s.sum[g], math.Abs(values[i]))
		} else {
			s.sum[g] = compensated(s.sum[g], values[i], &lost[g])
		}
	}
	for g, n := range s.count {
		s.sum[g] = withLost(s.sum[g], lost[g])
		if n > 0 {
			s.mean[g] = s.sum[g] / float64(n)
		}
	}
	if a.Kind == aggStd {
		for i, g := range of {
			if col.IsValid(i) {
				d := values[i] - s.mean[g]
				s.m2[g] += d * d
			}
		}
	}
	return s, nil
}

// floatsOf is floatValues without a copy where none is needed; the values must
// not be changed, and nulls have any value.
func floatsOf(col arrow.Array) ([]float64, error) {
	if f, ok := col.(*array.Float64); ok {
		return f.Float64Values(), nil
	}
	return floatValues(col)
}

// compensated adds v to sum and keeps what rounding lost (Neumaier), so that
// sums of many values are as exact as float64 allows.
func compensated(sum, v float64, lost *float64) float64 {
	t := sum + v
	if math.Abs(sum) >= math.Abs(v) {
		*lost += (sum - t) + v
	} else {
		*lost += (v - t) + sum
	}
	return t
}

// withLost puts the loss back; with infinities the loss is not a number.
func withLost(sum, lost float64) float64 {
	if math.IsNaN(lost) || math.IsInf(sum, 0) {
		return sum
	}
	return sum + lost
}

func (s *aggState) accumulateInts(a Aggregation, col arrow.Array, of []int32, groups int) error {
	values, err := rawInts(col)
	if err != nil {
		return planErrorf(kindType, "data: %s: %v", a.Name, err)
	}
	s.exact, s.ints = true, make([]int64, groups)
	for i, g := range of {
		if col.IsNull(i) {
			continue
		}
		s.count[g]++
		if err := a.addInt(&s.ints[g], values[i]); err != nil {
			return err
		}
	}
	return nil
}

// addInt adds to a sum, or keeps the largest absolute value.
func (a Aggregation) addInt(total *int64, v int64) error {
	if a.Kind == aggAbs {
		if v == math.MinInt64 {
			return overflow(a)
		}
		*total = max(*total, max(v, -v))
		return nil
	}
	sum := *total + v
	if (*total > 0 && v > 0 && sum < 0) || (*total < 0 && v < 0 && sum >= 0) {
		return overflow(a)
	}
	*total = sum
	return nil
}

func overflow(a Aggregation) error {
	return planErrorf(kindOverflow, "data: %s: the sum does not fit int64; cast the column to float64 first", a.Name)
}

// accumulateBest notes the row with the smallest or largest value per group.
func (s *aggState) accumulateBest(a Aggregation, col arrow.Array, of []int32, groups int) error {
	if col.DataType().ID() == arrow.NULL {
		s.best = array.NewNull(groups)
		return nil
	}
	compare, err := comparator(col)
	if err != nil {
		return planErrorf(kindType, "data: %s: %v", a.Name, err)
	}
	at := make([]int64, groups)
	for g := range at {
		at[g] = -1
	}
	for i, g := range of {
		if col.IsNull(i) || isNaN(col, i) {
			continue
		}
		s.count[g]++
		if at[g] < 0 {
			at[g] = int64(i)
			continue
		}
		c := compare(i, int(at[g]))
		if c < 0 && a.Kind == aggMin || c > 0 && a.Kind == aggMax {
			at[g] = int64(i)
		}
	}
	s.best, err = takeOrNull(col, at)
	return err
}

func isNaN(col arrow.Array, i int) bool {
	f, ok := col.(*array.Float64)
	return ok && math.IsNaN(f.Value(i))
}

// takeOrNull takes the values at positions; -1 gives null.
func takeOrNull(col arrow.Array, at []int64) (arrow.Array, error) {
	b := array.NewInt64Builder(allocator)
	valid := make([]bool, len(at))
	for i, v := range at {
		valid[i] = v >= 0
		at[i] = max(v, 0)
	}
	b.AppendValues(at, valid)
	return takeAt(col, b.NewArray())
}

// comparator orders the rows of a column of any ordered type. Nulls are not
// looked at; NaN comes after all numbers.
func comparator(col arrow.Array) (func(i, j int) int, error) {
	switch c := col.(type) {
	case *array.Float64:
		v := c.Float64Values()
		return func(i, j int) int { return compareFloats(v[i], v[j]) }, nil
	case *array.Int64:
		v := c.Int64Values()
		return func(i, j int) int { return cmp.Compare(v[i], v[j]) }, nil
	case *array.Timestamp:
		v := c.TimestampValues()
		return func(i, j int) int { return cmp.Compare(v[i], v[j]) }, nil
	case *array.Duration:
		v := c.DurationValues()
		return func(i, j int) int { return cmp.Compare(v[i], v[j]) }, nil
	case *array.Date32, *array.Date64:
		return func(i, j int) int { return timeAt(col, i).Compare(timeAt(col, j)) }, nil
	case *array.Uint64:
		v := c.Uint64Values()
		return func(i, j int) int { return cmp.Compare(v[i], v[j]) }, nil
	case *array.Null:
		return func(i, j int) int { return 0 }, nil
	case *array.Decimal128:
		return func(i, j int) int { return c.Value(i).Cmp(c.Value(j)) }, nil
	case *array.Time32:
		return func(i, j int) int { return cmp.Compare(c.Value(i), c.Value(j)) }, nil
	case *array.Time64:
		return func(i, j int) int { return cmp.Compare(c.Value(i), c.Value(j)) }, nil
	case *array.FixedSizeBinary:
		return func(i, j int) int { return slices.Compare(c.Value(i), c.Value(j)) }, nil
	case *array.Binary:
		return func(i, j int) int { return slices.Compare(c.Value(i), c.Value(j)) }, nil
	}
	if isText(col.DataType()) {
		return func(i, j int) int { return strings.Compare(textAt(col, i), textAt(col, j)) }, nil
	}
	if isInteger(col.DataType()) || col.DataType().ID() == arrow.BOOL {
		v, err := rawInts(col)
		return func(i, j int) int { return cmp.Compare(v[i], v[j]) }, err
	}
	v, err := floatValues(col)
	if err != nil {
		return nil, planErrorf(kindType, "a column of %s has no order; use a column of numbers, text or times", typeName(col.DataType()))
	}
	return func(i, j int) int { return compareFloats(v[i], v[j]) }, nil
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	// One of them is NaN.
	return cmp.Compare(nanRank(a), nanRank(b))
}

func nanRank(f float64) int {
	if math.IsNaN(f) {
		return 1
	}
	return 0
}
