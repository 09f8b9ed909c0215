package tune_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/tune"
)

func policy(t *testing.T, s tune.Scheduler) tune.Policy {
	t.Helper()
	p, err := s.Policy()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// With a metric that never crosses, the best trial arriving first, everything
// behind the best quarter of a rung is stopped there.
func TestASHAStopsTheWorse(t *testing.T) {
	p := policy(t, tune.ASHA{MaxT: 64, Grace: 1, Reduction: 4})
	const trials = 16
	alive := map[int]bool{}
	for i := range trials {
		alive[i] = true
	}
	epochs := 0
	for iteration := 1; iteration <= 64; iteration++ {
		for i := range trials {
			if !alive[i] {
				continue
			}
			epochs++
			if p.Decide(tune.Event{Trial: fmt.Sprint(i), Iteration: iteration, Score: float64(trials - i)}) == tune.Stop {
				alive[i] = false
			}
		}
	}
	if limit := trials * 64 * 45 / 100; epochs > limit {
		t.Errorf("%d epochs were run, more than %d", epochs, limit)
	}
	if epochs < 64 {
		t.Errorf("only %d epochs: the best trial was stopped", epochs)
	}
}

func TestASHADecisions(t *testing.T) {
	nan := math.NaN()
	type step struct {
		trial     string
		iteration int
		score     float64
		want      tune.Decision
	}
	for name, c := range map[string]struct {
		asha  tune.ASHA
		steps []step
	}{
		"before the grace period nobody is stopped": {tune.ASHA{MaxT: 10, Grace: 3, Reduction: 2}, []step{
			{"a", 1, 1, tune.Continue}, {"b", 1, -9, tune.Continue}, {"b", 2, -9, tune.Continue},
			{"a", 3, 1, tune.Continue}, {"b", 3, -9, tune.Stop},
		}},
		"the first at a rung passes": {tune.ASHA{MaxT: 10, Reduction: 2}, []step{{"a", 1, -100, tune.Continue}, {"b", 1, 0, tune.Continue}}},
		"a rung counts a trial once": {tune.ASHA{MaxT: 9, Reduction: 3}, []step{{"a", 1, 5, tune.Continue}, {"b", 1, 6, tune.Continue}, {"a", 2, 0, tune.Continue}}},
		"a skipped rung is caught up at the highest reached": {tune.ASHA{MaxT: 100, Reduction: 2}, []step{
			{"a", 5, 5, tune.Continue}, {"b", 4, 4, tune.Stop}, {"c", 1, 0, tune.Continue}}},
		"the end":       {tune.ASHA{MaxT: 2}, []step{{"a", 2, 1, tune.Stop}}},
		"not a number":  {tune.ASHA{}, []step{{"a", 1, nan, tune.Stop}, {"b", 1, 0, tune.Continue}}},
		"exactly there": {tune.ASHA{Reduction: 2}, []step{{"a", 1, 3, tune.Continue}, {"b", 1, 3, tune.Continue}}},
	} {
		p := policy(t, c.asha)
		for i, s := range c.steps {
			if got := p.Decide(tune.Event{Trial: s.trial, Iteration: s.iteration, Score: s.score}); got != s.want {
				t.Errorf("%s: step %d: %v, want %v", name, i, got, s.want)
			}
		}
	}
}

func TestASHAMistakes(t *testing.T) {
	for want, a := range map[string]tune.ASHA{
		"greater than MaxT": {MaxT: 3, Grace: 4},
		"at least 2":        {Reduction: 1},
		"at least 1":        {MaxT: -1},
	} {
		if _, err := a.Policy(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func TestStoppers(t *testing.T) {
	e := tune.Event{Iteration: 10, Metrics: map[string]float64{"loss": 0.2}}
	for _, c := range []struct {
		s    tune.Stopper
		want bool
	}{
		{tune.MaxIter(10), true}, {tune.MaxIter(11), false},
		{tune.Threshold{Metric: "loss", Value: 0.2}, true},
		{tune.Threshold{Metric: "loss", Value: 0.1, Below: true}, false},
		{tune.Threshold{Metric: "other", Value: -1}, false},
		{tune.StopFunc(func(e tune.Event) bool { return e.Iteration == 10 }), true},
	} {
		if got := c.s.ShouldStop(e); got != c.want {
			t.Errorf("%#v: %v", c.s, got)
		}
	}
}
