package xgboost_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/train/xgboost"
)

func TestMain(m *testing.M) {
	// An example cannot skip itself.
	if err := xgboost.Check(); err != nil {
		fmt.Fprintln(os.Stderr, "the examples are skipped:", err)
		_ = flag.Set("test.skip", "^Example")
	}
	goleak.VerifyTestMain(m)
}

// needLibrary skips a test where libxgboost is not installed.
func needLibrary(t testing.TB) {
	t.Helper()
	if err := xgboost.Check(); err != nil {
		t.Skip(err)
	}
}

// table is a data set in memory, column by column.
type table struct {
	columns []xgboost.Column
	label   []float32
}

// breastCancer reads scikit-learn's breast cancer set: 569 rows, 30 features
// named f0 … f29, and the label in the last column.
func breastCancer(t testing.TB) table {
	t.Helper()
	f, err := os.Open(ailibtest.File(t, "small/breast_cancer.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1 // the first line holds counts and names of classes
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out table
	for j := range 30 {
		out.columns = append(out.columns, xgboost.Column{Name: "f" + strconv.Itoa(j)})
	}
	for _, record := range records[1:] {
		for j, s := range record {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			if j < 30 {
				out.columns[j].Values = append(out.columns[j].Values, float32(v))
			} else {
				out.label = append(out.label, float32(v))
			}
		}
	}
	return out
}

// rows returns the rows from lo up to, but without, hi as a matrix.
func (d table) rows(t testing.TB, lo, hi int) *xgboost.DMatrix {
	t.Helper()
	part := make([]xgboost.Column, len(d.columns))
	for j, c := range d.columns {
		part[j] = xgboost.Column{Name: c.Name, Values: c.Values[lo:hi]}
	}
	m, err := xgboost.NewDMatrix(part, xgboost.MatrixOptions{Label: d.label[lo:hi], Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// must fails the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
