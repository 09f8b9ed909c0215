package train

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/goray/goray/viz"
)

// Result is what a training came out with. In a notebook it shows itself as a
// table of the metrics and their curves.
type Result struct {
	Metrics         Metrics       // of the last round
	History         []Metrics     // of every round, in order
	Checkpoint      *Checkpoint   // the newest that was kept
	BestCheckpoints []*Checkpoint // all that were kept, the best first
	Path            string        // the run's directory
	Error           error         // why the training ended early, or nil
	Config          map[string]any
	Workers         []Worker // of the last group, by rank
	Returns         []any    // what the function of DataParallel returned, by rank
	Notices         []string // what the training did otherwise than asked, and why
}

// Worker is what is known of one worker of a training.
type Worker struct {
	Rank int
	PID  int   // of its process
	Rows int64 // of the training set that it holds
}

// Best returns the round, counted from 1, with the least value of a metric,
// or with Max the greatest, and that value. Round 0 means that the metric was
// never reported.
func (r *Result) Best(metric string, order Order) (round int, value float64) {
	for i, m := range r.History {
		v, ok := m[metric]
		if !ok || v != v {
			continue
		}
		if round == 0 || order == Max && v > value || order != Max && v < value {
			round, value = i+1, v
		}
	}
	return round, value
}

// Table returns the metrics as a table: a row per metric with its value after
// the first and the last round, and its best one.
func (r *Result) Table() *viz.Table {
	var rows [][]any
	for _, name := range r.Metrics.measured() {
		first := any(nil)
		if len(r.History) > 0 {
			if v, ok := r.History[0][name]; ok {
				first = v
			}
		}
		rows = append(rows, []any{name, first, r.Metrics[name]})
	}
	t := viz.NewTable([]string{"metric", "first round", "last round"}, rows)
	t.Title = r.summary()
	if r.Error != nil {
		t.Note = "ended early: " + r.Error.Error()
	} else if r.Checkpoint != nil {
		t.Note = "checkpoint: " + r.Checkpoint.Path()
	}
	return t
}

// Curves returns one chart per metric with a line per data set.
func (r *Result) Curves() []*viz.Chart { return curves(r.History) }

// String is the text form of the result.
func (r *Result) String() string {
	s, _ := r.MIMEBundle()["text/plain"].(string)
	return s
}

// MIMEBundle shows the result as a table of the metrics and their curves.
func (r *Result) MIMEBundle() map[string]any {
	return bundle(r.Table(), r.Curves(), r.Notices)
}

func (r *Result) summary() string {
	s := fmt.Sprintf("%d rounds", int(r.Metrics[iterationMetric]))
	if t, ok := r.Metrics[timeMetric]; ok {
		s += fmt.Sprintf(" in %.1f s", t)
	}
	return s
}

// curves draws the history, a chart per metric. A single round makes no curve.
func curves(history []Metrics) []*viz.Chart {
	if len(history) < 2 {
		return nil
	}
	type key struct{ metric, set string }
	var order []key
	for _, name := range history[len(history)-1].measured() {
		set, metric := splitName(name)
		order = append(order, key{metric, set})
	}
	slices.SortStableFunc(order, func(a, b key) int { return strings.Compare(a.metric, b.metric) })
	var charts []*viz.Chart
	var lines []viz.Series
	for i, k := range order {
		name := k.metric
		if k.set != "" {
			name = k.set + "-" + k.metric
		}
		line := viz.Series{Name: name}
		for _, m := range history {
			if v, ok := m[name]; ok {
				line.X, line.Y = append(line.X, m[iterationMetric]), append(line.Y, v)
			}
		}
		lines = append(lines, line)
		if i+1 == len(order) || order[i+1].metric != k.metric {
			c := viz.Lines(k.metric, lines)
			c.XLabel = "round"
			charts, lines = append(charts, c), nil
		}
	}
	return charts
}

// bundle puts a table and charts below each other. The pictures are part of
// the HTML, so that one output holds everything and survives saving.
func bundle(t *viz.Table, charts []*viz.Chart, notices []string) map[string]any {
	text := []string{strings.TrimRight(t.Text(80), "\n")}
	page := []string{fmt.Sprint(t.MIMEBundle()["text/html"])}
	for _, n := range notices {
		text = append(text, "note: "+n)
		page = append(page, "<div>note: "+html.EscapeString(n)+"</div>")
	}
	if len(charts) > 0 {
		text = append(text, textOf(charts, 80))
		page = append(page, pageOf(charts))
	}
	return map[string]any{
		"text/plain": strings.Join(text, "\n\n"),
		"text/html":  strings.Join(page, "\n"),
	}
}

func textOf(charts []*viz.Chart, width int) string {
	parts := make([]string, len(charts))
	for i, c := range charts {
		parts[i] = strings.TrimRight(c.Text(width), "\n")
	}
	return strings.Join(parts, "\n\n")
}

// pageOf puts charts beside each other as far as the page is wide enough.
func pageOf(charts []*viz.Chart) string {
	var b strings.Builder
	b.WriteString(`<div style="display:flex;flex-wrap:wrap">`)
	for _, c := range charts {
		b.WriteString("<div>" + c.SVG() + "</div>")
	}
	b.WriteString("</div>")
	return b.String()
}
