package forest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train/forest"
)

// steps is a table whose target is 10·(a > 4) + (b > 2), whatever c.
func steps() (forest.Table, []float64) {
	x := forest.Table{Names: []string{"a", "b", "c"}, Columns: make([][]float64, 3)}
	var y []float64
	for i := range 200 {
		a, b, c := float64(i%9), float64(i%5), float64(i%7)
		target := 0.0
		if a > 4 {
			target += 10
		}
		if b > 2 {
			target++
		}
		for k, v := range []float64{a, b, c} {
			x.Columns[k] = append(x.Columns[k], v)
		}
		y = append(y, target)
	}
	return x, y
}

func Example() {
	x, y := steps()
	model, err := forest.Fit(x, y, forest.Config{Trees: 10, Seed: 1})
	if err != nil {
		panic(err)
	}
	predicted, err := model.Predict(forest.Table{Columns: [][]float64{{1, 8}, {4, 0}, {3, 3}}})
	fmt.Println(predicted, err)
	fmt.Printf("%.2f\n", model.Importance())
	// Output:
	// [1 10] <nil>
	// [0.99 0.01 0.00]
}

func TestLimits(t *testing.T) {
	x, y := steps()
	m, err := forest.Fit(x, y, forest.Config{Trees: 3, MaxDepth: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range m.Trees {
		if len(tree.Nodes) != 3 || tree.Nodes[0].Column != 0 {
			t.Errorf("a tree of depth 1 has %d nodes, its root looks at column %d", len(tree.Nodes), tree.Nodes[0].Column)
		}
	}
	if m, err = forest.Fit(x, y, forest.Config{Trees: 3, MinLeaf: 50}); err != nil {
		t.Fatal(err)
	}
	for _, tree := range m.Trees {
		for _, n := range tree.Nodes {
			if n.Column < 0 && n.Weight < 50 {
				t.Errorf("a leaf has %g rows, want 50", n.Weight)
			}
		}
	}
	flat, err := forest.Fit(forest.Table{Columns: [][]float64{{1, 1, 1}}}, []float64{1, 2, 6}, forest.Config{Trees: 2})
	if err != nil || len(flat.Trees[0].Nodes) != 1 || !slices.Equal(flat.Importance(), []float64{0}) {
		t.Errorf("a constant column: %+v, %v", flat, err)
	}
}

func TestSameSeedSameForest(t *testing.T) {
	x, y := steps()
	for _, c := range []struct {
		seeds [2]uint32
		equal bool
	}{{[2]uint32{7, 7}, true}, {[2]uint32{7, 8}, false}} {
		var p [2]string
		for i, seed := range c.seeds {
			m, err := forest.Fit(x, y, forest.Config{Trees: 2, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			p[i] = fmt.Sprint(m.Trees)
		}
		if (p[0] == p[1]) != c.equal {
			t.Errorf("seeds %v: equal is %v", c.seeds, !c.equal)
		}
	}
}

func TestBadInput(t *testing.T) {
	x, y := steps()
	m, err := forest.Fit(x, y, forest.Config{Trees: 1})
	if err != nil {
		t.Fatal(err)
	}
	nan := forest.Table{Names: []string{"age"}, Columns: [][]float64{{1, math.NaN()}}}
	stopped, stop := context.WithCancelCause(context.Background())
	stop(errors.New("enough"))
	for _, test := range []struct {
		name, want string
		err        error
	}{
		{"no columns", "the table has no columns", second(forest.Fit(forest.Table{}, nil, forest.Config{}))},
		{"no rows", "0 targets for 0 rows", second(forest.Fit(forest.Table{Columns: [][]float64{{}}}, nil, forest.Config{}))},
		{"lengths", "column 1 has 1 rows, the first has 2", second(forest.Fit(forest.Table{Columns: [][]float64{{1, 2}, {1}}}, y, forest.Config{}))},
		{"names", "1 names for 3 columns", second(m.Predict(forest.Table{Names: []string{"a"}, Columns: x.Columns}))},
		{"targets", "2 targets for 200 rows", second(forest.Fit(x, []float64{1, 2}, forest.Config{}))},
		{"a null", `column "age", row 1 is NaN; fill or drop`, second(m.Predict(nan))},
		{"a target", "target 1 is +Inf", second(forest.Fit(forest.Table{Columns: [][]float64{{1, 2}}}, []float64{1, math.Inf(1)}, forest.Config{}))},
		{"width", "the table has 1 columns, the forest was grown on 3", second(m.Predict(forest.Table{Columns: [][]float64{{1}}}))},
		{"config", "-1 trees", second(forest.Fit(x, y, forest.Config{Trees: -1}))},
		{"cancelled", "0 of 100 trees were grown: enough", second(forest.FitContext(stopped, x, y, forest.Config{}))},
		{"share", "a share of 1.5", splitError(x, y, 1.5)},
		{"share of all", "a share of 0.999 of 200 rows", splitError(x, y, 0.999)},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s:\n got %v\nwant %s", test.name, test.err, test.want)
		}
	}
}

func second(_ any, err error) error { return err }

func splitError(x forest.Table, y []float64, share float64) error {
	_, _, _, _, err := forest.Split(x, y, share, 1)
	return err
}
