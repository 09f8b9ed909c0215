package forest

import (
	"context"
	"fmt"
	"math"
)

// Table is columns of numbers, all of the same length.
type Table struct {
	Names   []string // optional; as many as columns
	Columns [][]float64
}

// Rows is the number of rows.
func (t Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return len(t.Columns[0])
}

// Take returns the rows with the given numbers, in that order.
func (t Table) Take(rows []int) Table {
	out := Table{Names: t.Names, Columns: make([][]float64, len(t.Columns))}
	for c, column := range t.Columns {
		out.Columns[c] = take(column, rows)
	}
	return out
}

func take(column []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = column[r]
	}
	return out
}

// check says what is wrong with the table.
func (t Table) check() error {
	if len(t.Columns) == 0 {
		return fmt.Errorf("forest: the table has no columns; give it at least one")
	}
	if len(t.Names) > 0 && len(t.Names) != len(t.Columns) {
		return fmt.Errorf("forest: %d names for %d columns; give as many, or none", len(t.Names), len(t.Columns))
	}
	for c, column := range t.Columns {
		if len(column) != t.Rows() {
			return fmt.Errorf("forest: column %s has %d rows, the first has %d; give all the same number", t.name(c), len(column), t.Rows())
		}
		for i, v := range column {
			if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
				return fmt.Errorf("forest: column %s, row %d is %g; fill or drop such rows first", t.name(c), i, v)
			}
		}
	}
	return nil
}

func (t Table) name(c int) string {
	if c < len(t.Names) {
		return fmt.Sprintf("%q", t.Names[c])
	}
	return fmt.Sprint(c)
}

// Split shuffles the rows and gives a share of them to test, the rest to train, as scikit-learn's
// train_test_split does with the same random_state. test is a fraction between 0 and 1.
func Split(t Table, y []float64, test float64, seed uint32) (trainX, testX Table, trainY, testY []float64, err error) {
	if err := checkTarget(t, y); err != nil {
		return t, t, nil, nil, err
	}
	n := int(math.Ceil(test * float64(len(y))))
	if !(test > 0 && test < 1) || n == len(y) {
		return t, t, nil, nil, fmt.Errorf("forest: a share of %g of %d rows leaves nothing for one side; use a fraction between 0 and 1", test, len(y))
	}
	order := newRandom(seed).permutation(len(y))
	return t.Take(order[n:]), t.Take(order[:n]), take(y, order[n:]), take(y, order[:n]), nil
}

func checkTarget(t Table, y []float64) error {
	if err := t.check(); err != nil {
		return err
	}
	if len(y) != t.Rows() || len(y) == 0 {
		return fmt.Errorf("forest: %d targets for %d rows; give one for each row, and at least one", len(y), t.Rows())
	}
	for i, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("forest: target %d is %g; drop such rows first", i, v)
		}
	}
	return nil
}

// Config says how a forest grows. The zero value is scikit-learn's default, with seed 0.
type Config struct {
	Trees    int    // default 100
	Seed     uint32 // equal seeds, equal forests
	MaxDepth int    // 0: without limit
	MinLeaf  int    // rows of a leaf, at least; default 1
}

// Model is a forest.
type Model struct {
	Names []string // of the columns, where they had any
	Width int      // how many columns it was grown on
	Trees []Tree
}

// Fit grows a forest that predicts y from the rows of x.
func Fit(x Table, y []float64, c Config) (*Model, error) {
	return FitContext(context.Background(), x, y, c)
}

// FitContext is Fit that stops between two trees when ctx ends.
func FitContext(ctx context.Context, x Table, y []float64, c Config) (*Model, error) {
	if err := checkTarget(x, y); err != nil {
		return nil, err
	}
	if c.Trees == 0 {
		c.Trees = 100
	}
	if c.MinLeaf == 0 {
		c.MinLeaf = 1
	}
	if c.Trees < 0 || c.MinLeaf < 0 || c.MaxDepth < 0 {
		return nil, fmt.Errorf("forest: %d trees, at most %d deep, leaves of at least %d rows; use numbers ≥ 0", c.Trees, c.MaxDepth, c.MinLeaf)
	}
	m := &Model{Names: x.Names, Width: len(x.Columns)}
	g := newGrower(x, y, c)
	seeds := newRandom(c.Seed)
	for range c.Trees {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("forest: %d of %d trees were grown: %w", len(m.Trees), c.Trees, context.Cause(ctx))
		}
		seed := seeds.upTo(math.MaxInt32 - 1)
		m.Trees = append(m.Trees, g.grow(seed))
	}
	return m, nil
}

// Predict returns a number for every row of x.
func (m *Model) Predict(x Table) ([]float64, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	if len(x.Columns) != m.Width {
		return nil, fmt.Errorf("forest: the table has %d columns, the forest was grown on %d; give the same columns", len(x.Columns), m.Width)
	}
	out := make([]float64, x.Rows())
	row := make([]float32, m.Width)
	for i := range out {
		for c, column := range x.Columns {
			row[c] = float32(column[i])
		}
		for t := range m.Trees {
			out[i] += m.Trees[t].predict(row)
		}
		out[i] /= float64(len(m.Trees))
	}
	return out, nil
}

// Importance is each column's share in the fall of the squared error; the shares sum to 1, or are
// all 0 when no tree has split.
func (m *Model) Importance() []float64 {
	total := make([]float64, m.Width)
	for t := range m.Trees {
		one := m.Trees[t].importance(m.Width)
		for c := range total {
			total[c] += one[c]
		}
	}
	normalise(total)
	return total
}

func normalise(shares []float64) {
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	if sum > 0 {
		for i := range shares {
			shares[i] /= sum
		}
	}
}

// MSE is the mean squared error of a prediction.
func MSE(want, got []float64) float64 {
	sum := 0.0
	for i := range want {
		d := want[i] - got[i]
		sum += d * d
	}
	return sum / float64(len(want))
}
