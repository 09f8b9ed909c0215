package predict

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/viz"
)

// Accuracy returns the share of rows whose prediction is the label. A
// prediction between 0 and 1 is a probability and means class 1 above 0.5;
// any other is the number of a class.
func Accuracy(ds *data.Dataset, prediction, label string) (float64, error) {
	m, err := Confusion(ds, prediction, label)
	if err != nil {
		return 0, err
	}
	return m.Accuracy(), nil
}

// Matrix counts how often each class was predicted for each true class.
type Matrix struct {
	Classes []int       // sorted
	Counts  [][]float64 // Counts[i][j]: true class i predicted as class j
}

// Confusion compares predictions with labels; see [Accuracy] for what counts
// as a class.
func Confusion(ds *data.Dataset, prediction, label string) (*Matrix, error) {
	counts := map[[2]int]float64{}
	classes := map[int]bool{}
	err := pairs(ds, prediction, label, func(p, y float64) {
		pair := [2]int{int(math.Round(y)), classOf(p)}
		counts[pair]++
		classes[pair[0]], classes[pair[1]] = true, true
	})
	if err != nil {
		return nil, err
	}
	m := &Matrix{}
	for c := range classes {
		m.Classes = append(m.Classes, c)
	}
	slices.Sort(m.Classes)
	for _, y := range m.Classes {
		row := make([]float64, len(m.Classes))
		for j, p := range m.Classes {
			row[j] = counts[[2]int{y, p}]
		}
		m.Counts = append(m.Counts, row)
	}
	return m, nil
}

func classOf(p float64) int {
	if p > 0 && p < 1 {
		if p > 0.5 {
			return 1
		}
		return 0
	}
	return int(math.Round(p))
}

// Accuracy returns the share on the diagonal; NaN without rows.
func (m *Matrix) Accuracy() float64 {
	var right, all float64
	for i, row := range m.Counts {
		for j, n := range row {
			all += n
			if i == j {
				right += n
			}
		}
	}
	return right / all
}

// Table returns the matrix as a table, true classes downwards.
func (m *Matrix) Table() *viz.Table {
	columns := []string{"true \\ predicted"}
	for _, c := range m.Classes {
		columns = append(columns, fmt.Sprint(c))
	}
	var rows [][]any
	for i, c := range m.Classes {
		row := []any{fmt.Sprint(c)}
		for _, n := range m.Counts[i] {
			row = append(row, int(n))
		}
		rows = append(rows, row)
	}
	t := viz.NewTable(columns, rows)
	t.Title = fmt.Sprintf("accuracy %.4f", m.Accuracy())
	return t
}

// String is the text form of the table.
func (m *Matrix) String() string { return m.Table().String() }

// MIMEBundle shows the matrix as a table.
func (m *Matrix) MIMEBundle() map[string]any { return m.Table().MIMEBundle() }

// AUC returns the area under the ROC curve: the probability that a row of
// class 1 is predicted higher than one of class 0. It is NaN where one of the
// classes is absent.
func AUC(ds *data.Dataset, prediction, label string) (float64, error) {
	type row struct{ p, y float64 }
	var rows []row
	if err := pairs(ds, prediction, label, func(p, y float64) { rows = append(rows, row{p, y}) }); err != nil {
		return 0, err
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.p, b.p) })
	// The sum of the ranks of class 1, equal predictions sharing their ranks.
	var ranks, ones float64
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].p == rows[i].p {
			j++
		}
		for _, r := range rows[i:j] {
			if r.y > 0.5 {
				ranks += float64(i+1+j) / 2
				ones++
			}
		}
		i = j
	}
	zeros := float64(len(rows)) - ones
	return (ranks - ones*(ones+1)/2) / (ones * zeros), nil
}

// pairs calls f with the prediction and the label of every row.
func pairs(ds *data.Dataset, prediction, label string, f func(p, y float64)) error {
	for b, err := range ds.SelectColumns(prediction, label).IterBatches(0) {
		if err != nil {
			return err
		}
		p, err := train.AppendFloat32(nil, b.Column(prediction))
		if err != nil {
			return fmt.Errorf("predict: column %q: %w", prediction, err)
		}
		y, err := train.AppendFloat32(nil, b.Column(label))
		if err != nil {
			return fmt.Errorf("predict: column %q: %w", label, err)
		}
		for i := range p {
			if math.IsNaN(float64(p[i])) || math.IsNaN(float64(y[i])) {
				return fmt.Errorf("predict: a row has no value for %q or %q; drop such rows first", prediction, label)
			}
			f(float64(p[i]), float64(y[i]))
		}
	}
	return nil
}
