package viz

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg/draw"
)

// Series is a named sequence of points. A nil X means 0, 1, 2, …; of X and Y the shorter one
// counts.
type Series struct {
	Name string
	X, Y []float64
}

// Lines draws one line for each series: training curves, rates over time. A NaN, an Inf, or a
// value ≤ 0 on a log axis (Chart.LogX, Chart.LogY) breaks the line and is counted under the title.
func Lines(title string, series []Series) *Chart {
	return &Chart{Title: title, figure: &curves{series: copySeries(series)}}
}

func copySeries(series []Series) []Series {
	out := make([]Series, len(series))
	for i, s := range series {
		n := len(s.Y)
		if s.X != nil {
			n = min(n, len(s.X))
		}
		out[i] = Series{Name: s.Name, Y: append([]float64(nil), s.Y[:n]...), X: make([]float64, n)}
		for j := range n {
			out[i].X[j] = float64(j)
			if s.X != nil {
				out[i].X[j] = s.X[j]
			}
		}
	}
	return out
}

type curves struct{ series []Series }

func (l *curves) frame(c *Chart) (*frame, *span) {
	x, y := newSpan(c.LogX), newSpan(c.LogY)
	f := &frame{}
	for i, s := range l.series {
		la := layer{name: s.Name, index: i}
		var piece []point
		for j := range s.Y {
			if x.place(s.X[j]) && y.place(s.Y[j]) {
				x.add(s.X[j])
				y.add(s.Y[j])
				piece = append(piece, point{s.X[j], s.Y[j]})
				continue
			}
			countPoint(x, y, s.X[j], s.Y[j])
			if len(piece) > 0 {
				la.lines = append(la.lines, piece)
				piece = nil
			}
		}
		if len(piece) > 0 {
			la.lines = append(la.lines, piece)
		}
		f.layers = append(f.layers, la)
	}
	f.x, f.y, f.empty = x.scale(0), y.scale(0.04), x.empty()
	return f, y
}

// countPoint notes a point that has no place once, by its x or else by its y.
func countPoint(xs, ys *span, x, y float64) {
	if !xs.place(x) {
		xs.count(x)
		ys.nan, ys.inf, ys.huge, ys.negative = ys.nan+xs.nan, ys.inf+xs.inf, ys.huge+xs.huge, ys.negative+xs.negative
		xs.nan, xs.inf, xs.huge, xs.negative = 0, 0, 0, 0
		return
	}
	ys.count(y)
}

func (l *curves) size() (int, int) { return 640, 360 }

func (l *curves) remarks(c *Chart) []string {
	_, dropped := l.frame(c)
	return dropped.remarks()
}

func (l *curves) legend(*Chart) []legendEntry {
	var out []legendEntry
	for i, s := range l.series {
		if s.Name != "" || len(l.series) > 1 {
			out = append(out, legendEntry{name: s.Name, style: seriesLine(i)})
		}
	}
	return out
}

func (l *curves) draw(c *Chart, dc draw.Canvas) {
	f, _ := l.frame(c)
	f.draw(c, dc)
}

func (l *curves) text(c *Chart, width int) string {
	f, _ := l.frame(c)
	return f.text(c, width)
}

func (l *curves) describe(c *Chart) string {
	var parts []string
	for _, s := range l.series {
		if n := len(s.Y); n > 0 && len(parts) < 6 {
			parts = append(parts, fmt.Sprintf("%s from %s to %s over %d points", clean(s.Name), formatNumber(s.Y[0]), formatNumber(s.Y[n-1]), n))
		}
	}
	if len(parts) == 0 {
		return "line chart without data"
	}
	return "line chart, " + strings.Join(parts, "; ")
}
