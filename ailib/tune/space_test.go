package tune_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/tune"
)

func draw(d tune.Domain, n int) []any {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]any, n)
	for i := range out {
		out[i] = d.Sample(rng)
	}
	return out
}

func floats(t *testing.T, values []any) []float64 {
	t.Helper()
	out := make([]float64, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			out[i] = v
		case int:
			out[i] = float64(v)
		default:
			t.Fatalf("value %d is a %T", i, v)
		}
	}
	slices.Sort(out)
	return out
}

func TestDomainsStayInBounds(t *testing.T) {
	const n = 20000
	for _, c := range []struct {
		domain   tune.Domain
		min, max float64 // of the values
		distinct int     // number of different values, 0 = many
	}{
		{tune.Uniform(-1, 3), -1, 3, 0},
		{tune.QUniform(0, 1, 0.1), 0, 1, 11},
		{tune.LogUniform(1e-4, 1e-1), 1e-4, 1e-1, 0},
		{tune.QLogUniform(0.1, 10, 0.1), 0.1, 10, 100},
		{tune.RandInt(1, 6), 1, 5, 5},
		{tune.QRandInt(0, 10, 5), 0, 10, 3},
		{tune.QRandInt(1, 6, 1), 1, 5, 5},
		{tune.LogRandInt(1, 100), 1, 99, 0},
		{tune.Choice(1, 2, 3), 1, 3, 3},
		{tune.GridSearch([]int{4, 5}), 4, 5, 2},
	} {
		values := floats(t, draw(c.domain, n))
		if values[0] < c.min || values[n-1] > c.max {
			t.Errorf("%v: values from %v to %v", c.domain, values[0], values[n-1])
		}
		if got := len(slices.Compact(slices.Clone(values))); c.distinct > 0 && got != c.distinct {
			t.Errorf("%v: %d different values, want %d", c.domain, got, c.distinct)
		}
	}
}

func TestDistributions(t *testing.T) {
	median := func(d tune.Domain) float64 { return floats(t, draw(d, 20001))[10000] }
	for _, c := range []struct {
		domain          tune.Domain
		want, tolerance float64
	}{
		{tune.LogUniform(1e-4, 1e-1), 3.16e-3, 0.4e-3},
		{tune.Uniform(0, 10), 5, 0.2},
		{tune.RandN(7, 2), 7, 0.1},
		{tune.LogRandInt(1, 10000), 100, 12},
	} {
		if got := median(c.domain); math.Abs(got-c.want) > c.tolerance {
			t.Errorf("%v: median %v, want %v", c.domain, got, c.want)
		}
	}
	for _, v := range draw(tune.QUniform(0, 1, 0.1), 1000) {
		if len(fmt.Sprint(v)) > 3 {
			t.Fatalf("QUniform(0, 1, 0.1) drew %v", v)
		}
	}
}

func TestSpaceMistakes(t *testing.T) {
	for want, s := range map[string]tune.Space{
		`eta: Uniform(3, 1): the lower bound is not less`:       {"eta": tune.Uniform(3, 1)},
		`depth: RandInt(2, 2): the lower bound`:                 {"depth": tune.RandInt(2, 2)},
		`lr: LogUniform(0, 1): a logarithmic range`:             {"lr": tune.LogUniform(0, 1)},
		`x: QUniform(0, 1, 0.3): both bounds must be multiples`: {"x": tune.QUniform(0, 1, 0.3)},
		`x: QUniform(0, 1, 0): the step`:                        {"x": tune.Space{}, "y": 1, "a": tune.Space{"x": tune.QUniform(0, 1, 0)}},
		`c: Choice(): there is nothing to choose`:               {"c": tune.Choice()},
		`g: GridSearch(): there is nothing to try`:              {"g": tune.GridSearch()},
		`f: SampleFrom(func): the function is nil`:              {"f": tune.SampleFrom(nil)},
		`s: RandN(0, -1): the standard deviation`:               {"s": tune.RandN(0, -1)},
		`a bound is not a finite number`:                        {"n": tune.Uniform(math.NaN(), 1)},
		`"a.b" is given twice`:                                  {"a.b": 1, "a": tune.Space{"b": 2}},
		`"" is not a name`:                                      {"": 1},
	} {
		err := s.Check()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
	if err := (tune.Space{"a": tune.Uniform(0, 1), "b": 3, "c": map[string]any{"d": "x"}}).Check(); err != nil {
		t.Error(err)
	}
}

func TestParams(t *testing.T) {
	p := tune.Params{"eta": 0.25, "depth": 3, "model.kind": "tree", "model.deep": true, "whole": 4.0}
	if p.Float("eta") != 0.25 || p.Int("depth") != 3 || p.Float("depth") != 3 || p.Int("whole") != 4 ||
		p.String("model.kind") != "tree" || !p.Bool("model.deep") || p.Sub("model").String("kind") != "tree" {
		t.Error("an accessor returned another value")
	}
	if got := p.Text(); got != "depth=3 eta=0.25 model.deep=true model.kind=tree whole=4" {
		t.Error(got)
	}
	for want, f := range map[string]func(){
		`there is no parameter "etta"`:                        func() { p.Float("etta") },
		`parameter "eta" is the float64 0.25, not an integer`: func() { p.Int("eta") },
		`parameter "model.kind" is the string tree`:           func() { p.Float("model.kind") },
		`not a text`: func() { _ = p.String("eta") },
		`not a bool`: func() { p.Bool("eta") },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			f()
		}()
	}
}
