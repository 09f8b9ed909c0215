package tune

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/viz"
)

// ResultGrid holds the results of all trials, in their order. In a notebook it
// shows itself as a table, the best trial marked, and as parallel coordinates.
type ResultGrid struct {
	Path string // the search's directory

	results []*Result
	config  Config
	space   *space
	wall    time.Duration
}

// Len returns the number of trials.
func (g *ResultGrid) Len() int { return len(g.results) }

// At returns the result of trial i.
func (g *ResultGrid) At(i int) *Result { return g.results[i] }

// All returns the results of all trials.
func (g *ResultGrid) All() []*Result { return slices.Clone(g.results) }

// Best returns the trial whose last report has the best Config.Metric. NaN is
// never the best. Where no trial has reported it, the error carries the
// trials' own errors.
func (g *ResultGrid) Best() (*Result, error) {
	if g.config.Metric == "" {
		return nil, errors.New("tune: Config.Metric is empty; set it and Config.Mode, or call BestBy")
	}
	return g.BestBy(g.config.Metric, g.config.Mode)
}

// BestBy is Best for another metric.
func (g *ResultGrid) BestBy(metric string, mode Mode) (*Result, error) {
	if mode != Min && mode != Max {
		return nil, fmt.Errorf("tune: mode is %q; use tune.Min or tune.Max", mode)
	}
	if i := g.best(metric, mode); i >= 0 {
		return g.results[i], nil
	}
	causes := []error{fmt.Errorf("tune: none of the %d trials has reported a number as %q", len(g.results), metric)}
	for _, r := range g.results {
		if r.Error != nil {
			causes = append(causes, fmt.Errorf("trial %s: %w", r.ID, r.Error))
		}
	}
	return nil, errors.Join(causes...)
}

// best returns the index of the best trial, and −1 if there is none. Trials
// that failed are left out, however good they were before.
func (g *ResultGrid) best(metric string, mode Mode) int {
	best, bestScore := -1, 0.0
	for i, r := range g.results {
		v, ok := r.Metrics[metric]
		if !ok || math.IsNaN(v) || r.Error != nil {
			continue
		}
		if mode == Min {
			v = -v
		}
		if best < 0 || v > bestScore {
			best, bestScore = i, v
		}
	}
	return best
}

// BestConfig returns the parameters of the best trial.
func (g *ResultGrid) BestConfig() (Params, error) {
	r, err := g.Best()
	if err != nil {
		return nil, err
	}
	return r.Config, nil
}

// Errors returns the errors of the trials that failed.
func (g *ResultGrid) Errors() []error {
	var errs []error
	for _, r := range g.results {
		if r.Error != nil {
			errs = append(errs, fmt.Errorf("trial %s: %w", r.ID, r.Error))
		}
	}
	return errs
}

// NumErrors returns how many trials failed.
func (g *ResultGrid) NumErrors() int { return len(g.Errors()) }

// NumTerminated returns how many trials came to an end without failing,
// whether by themselves or because they were stopped.
func (g *ResultGrid) NumTerminated() int { return g.count(Terminated) + g.count(Stopped) }

func (g *ResultGrid) count(s Status) int {
	n := 0
	for _, r := range g.results {
		if r.Status == s {
			n++
		}
	}
	return n
}

// Speedup is the time that the trials took one after another divided by the
// time that the search took.
func (g *ResultGrid) Speedup() float64 {
	var total float64
	for _, r := range g.results {
		total += r.Seconds
	}
	if g.wall <= 0 {
		return 0
	}
	return total / g.wall.Seconds()
}

// Table returns a row per trial: its status, parameters, metrics and time,
// with the best one marked.
func (g *ResultGrid) Table() *viz.Table {
	names, metrics := g.columns()
	columns := append([]string{"trial", "status"}, shortNames(names)...)
	columns = append(columns, metrics...)
	columns = append(columns, "iter", "time (s)")
	var rows [][]any
	for _, r := range g.results {
		row := []any{r.ID, string(r.Status)}
		for _, name := range names {
			row = append(row, cell(r.Config[name]))
		}
		for _, name := range metrics {
			if v, ok := r.Metrics[name]; ok {
				row = append(row, v)
			} else {
				row = append(row, nil)
			}
		}
		row = append(row, len(r.History), math.Round(r.Seconds*100)/100)
		rows = append(rows, row)
	}
	t := viz.NewTable(columns, rows)
	t.Title = g.summary()
	t.Best = g.best(g.config.Metric, g.config.Mode)
	for _, r := range g.results {
		if r.Error != nil {
			t.Note = fmt.Sprintf("trial %s: %s", r.ID, firstLine(r.Error.Error()))
			if n := g.NumErrors(); n > 1 {
				t.Note += fmt.Sprintf(" (and %d more)", n-1)
			}
			break
		}
	}
	return t
}

// columns are the parameters that are searched and the metrics to show: the
// one that decides, or all that were reported.
func (g *ResultGrid) columns() (names, metrics []string) {
	for _, name := range g.space.names {
		if _, ok := g.space.domains[name]; ok {
			names = append(names, name)
		}
	}
	if g.config.Metric != "" {
		return names, []string{g.config.Metric}
	}
	for _, r := range g.results {
		for _, name := range r.Metrics.Names() {
			if name != iterationMetric && name != timeMetric && !slices.Contains(metrics, name) {
				metrics = append(metrics, name)
			}
		}
	}
	return names, metrics
}

// shortNames cuts names such as "params.eta" to their last word, unless two
// would then be the same.
func shortNames(names []string) []string {
	out := make([]string, len(names))
	count := map[string]int{}
	for i, name := range names {
		out[i] = name[strings.LastIndexByte(name, '.')+1:]
		count[out[i]]++
	}
	for i, name := range names {
		if count[out[i]] > 1 {
			out[i] = name
		}
	}
	return out
}

func (g *ResultGrid) summary() string {
	var parts []string
	for _, s := range []Status{Running, Pending, Terminated, Stopped, Failed} {
		if n := g.count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(string(s))))
		}
	}
	s := fmt.Sprintf("%d trials: %s; %.1f s", len(g.results), strings.Join(parts, ", "), g.wall.Seconds())
	if i := g.best(g.config.Metric, g.config.Mode); i >= 0 {
		r := g.results[i]
		s += fmt.Sprintf("; best %s = %s (trial %s)", g.config.Metric, shortValue(r.Metrics[g.config.Metric]), r.ID)
	}
	return s
}

// cell is a parameter as a table shows it: numbers and texts as they are,
// everything else as text.
func cell(v any) any {
	switch v.(type) {
	case nil, string, bool, int, int64, float64:
		return v
	}
	return shortValue(v)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// Parallel draws the searched parameters and the metric as parallel
// coordinates, a line per trial. It is nil where there is nothing to see:
// without a metric, or with fewer than two trials.
func (g *ResultGrid) Parallel() *viz.Chart {
	names, metrics := g.columns()
	if len(names) == 0 || len(metrics) == 0 || len(g.results) < 2 {
		return nil
	}
	var axes []viz.Axis
	for i, short := range shortNames(names) {
		k := g.space.domains[names[i]].kind
		axes = append(axes, viz.Axis{Name: short, Log: k == logUniform || k == logRandInt})
	}
	metric := metrics[0]
	axes = append(axes, viz.Axis{Name: metric})
	best := g.best(g.config.Metric, g.config.Mode)
	var traces []viz.Trace
	for i, r := range g.results {
		v, ok := r.Metrics[metric]
		if !ok {
			continue
		}
		t := viz.Trace{Name: r.ID, Best: i == best}
		for _, name := range names {
			t.Values = append(t.Values, cell(r.Config[name]))
		}
		t.Values = append(t.Values, v)
		traces = append(traces, t)
	}
	if len(traces) < 2 {
		return nil
	}
	return viz.ParallelCoordinates(axes, traces)
}

// String is the text form of the grid.
func (g *ResultGrid) String() string {
	s, _ := g.MIMEBundle()["text/plain"].(string)
	return s
}

// MIMEBundle shows the table and, below it, the parallel coordinates. In text
// form these would be the table once more.
func (g *ResultGrid) MIMEBundle() map[string]any {
	t := g.Table()
	text := strings.TrimRight(t.Text(100), "\n")
	page := fmt.Sprint(t.MIMEBundle()["text/html"])
	if c := g.Parallel(); c != nil {
		page += "\n<div>" + c.SVG() + "</div>"
	}
	return map[string]any{"text/plain": text, "text/html": page}
}
