package data

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/apache/arrow-go/v18/arrow"
)

// stepMeter is what one step of a task did.
type stepMeter struct {
	Name    string
	Wall    time.Duration
	RowsIn  int64
	RowsOut int64
}

// meter measures the steps of a task; nil measures nothing.
type meter struct{ steps []stepMeter }

func newMeter(first string, steps []*step) *meter {
	m := &meter{steps: []stepMeter{{Name: first}}}
	for _, s := range steps {
		m.steps = append(m.steps, stepMeter{Name: s.label()})
	}
	return m
}

func (m *meter) begin(i int, rec arrow.RecordBatch) time.Time {
	if m == nil {
		return time.Time{}
	}
	m.steps[i+1].RowsIn += rec.NumRows()
	return time.Now()
}

func (m *meter) end(i int, begin time.Time, rec arrow.RecordBatch) {
	if m != nil {
		m.steps[i+1].Wall += time.Since(begin)
		m.steps[i+1].RowsOut += rec.NumRows()
	}
}

// read notes how long it took to get the input.
func (m *meter) read(begin time.Time, rec arrow.RecordBatch) {
	m.steps[0].Wall = time.Since(begin)
	m.steps[0].RowsOut = rec.NumRows()
}

// runStats adds up what the tasks of one execution did, operator by operator.
type runStats struct {
	mu     sync.Mutex
	order  []string
	totals map[string]*stepTotal
	wall   time.Duration
	blocks int
	bytes  int64
	rows   int64
	nodes  map[string]int // blocks by the node that made them
	uneven string
}

type stepTotal struct {
	tasks int
	stepMeter
}

func newRunStats() *runStats {
	return &runStats{totals: map[string]*stepTotal{}, nodes: map[string]int{}}
}

func (r *runStats) add(head blockHead) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if head.Node != "" {
		r.nodes[head.Node]++
	}
	for _, m := range head.Meter {
		t := r.totals[m.Name]
		if t == nil {
			t = &stepTotal{stepMeter: stepMeter{Name: m.Name}}
			r.totals[m.Name] = t
			r.order = append(r.order, m.Name)
		}
		t.tasks++
		t.Wall += m.Wall
		t.RowsIn += m.RowsIn
		t.RowsOut += m.RowsOut
	}
}

// lastRuns remembers the statistics of plans while somebody holds the plan.
// They are kept here and not in the Dataset, which stays a plain description.
var lastRuns sync.Map // weak.Pointer[node] → *runStats

func remember(n *node, r *runStats) {
	key := weak.Make(n)
	if _, had := lastRuns.Swap(key, r); !had {
		runtime.AddCleanup(n, func(key weak.Pointer[node]) { lastRuns.Delete(key) }, key)
	}
}

// Stats describes the last execution of this dataset: per operator the tasks,
// the time spent in them, and the rows in and out.
func (d *Dataset) Stats() string {
	if err := d.Err(); err != nil {
		return err.Error()
	}
	found, ok := lastRuns.Load(weak.Make(d.last))
	if !ok {
		return "not executed yet; call Count, Take, Materialize or another consuming method first"
	}
	r := found.(*runStats)
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %6s %12s %12s %12s\n", "operator", "tasks", "time", "rows in", "rows out")
	for _, name := range r.order {
		t := r.totals[name]
		fmt.Fprintf(&b, "%-28s %6d %12s %12d %12d\n", shorten(name, 28), t.tasks, t.Wall.Round(time.Microsecond), t.RowsIn, t.RowsOut)
	}
	fmt.Fprintf(&b, "total: %s, %d blocks, %d rows, %s", r.wall.Round(time.Microsecond), r.blocks, r.rows, byteText(r.bytes))
	if r.uneven != "" {
		b.WriteString("\n" + r.uneven)
	}
	return b.String()
}

func byteText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
