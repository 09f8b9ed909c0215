package viz

import (
	"fmt"

	"gonum.org/v1/plot/vg/draw"
)

// maxDots bounds the size of a scatter picture; more dots than that are a cloud anyway.
const maxDots = 2000

// Scatter draws a dot for each point of each series. Of more than 2,000 points every k-th is
// drawn, and the chart says so; points with NaN or Inf are left out and counted.
func Scatter(title string, series []Series) *Chart {
	return &Chart{Title: title, figure: &cloud{series: copySeries(series)}}
}

type cloud struct{ series []Series }

func (s *cloud) frame(c *Chart) (f *frame, dropped *span, shown, total int) {
	x, y := newSpan(c.LogX), newSpan(c.LogY)
	for _, one := range s.series {
		total += len(one.Y)
	}
	every := (total + maxDots - 1) / maxDots
	f = &frame{}
	k := 0
	for i, one := range s.series {
		la := layer{name: one.Name, index: i}
		for j := range one.Y {
			if !x.place(one.X[j]) || !y.place(one.Y[j]) {
				countPoint(x, y, one.X[j], one.Y[j])
				continue
			}
			x.add(one.X[j])
			y.add(one.Y[j])
			if k%max(every, 1) == 0 {
				la.dots = append(la.dots, point{one.X[j], one.Y[j]})
				shown++
			}
			k++
		}
		f.layers = append(f.layers, la)
	}
	f.x, f.y, f.empty = x.scale(0.03), y.scale(0.04), x.empty()
	return f, y, shown, k
}

func (s *cloud) size() (int, int) { return 640, 400 }

func (s *cloud) remarks(c *Chart) []string {
	_, dropped, shown, total := s.frame(c)
	out := dropped.remarks()
	if shown < total {
		out = append(out, fmt.Sprintf("%s of %s points drawn", formatInt(int64(shown), true), formatInt(int64(total), true)))
	}
	return out
}

func (s *cloud) legend(*Chart) []legendEntry {
	var out []legendEntry
	for i, one := range s.series {
		if one.Name != "" || len(s.series) > 1 {
			out = append(out, legendEntry{name: one.Name, block: true, style: draw.LineStyle{Color: seriesColor(i)}})
		}
	}
	return out
}

func (s *cloud) draw(c *Chart, dc draw.Canvas) {
	f, _, _, _ := s.frame(c)
	f.draw(c, dc)
}

func (s *cloud) text(c *Chart, width int) string {
	f, _, _, _ := s.frame(c)
	return f.text(c, width)
}

func (s *cloud) describe(c *Chart) string {
	f, _, _, total := s.frame(c)
	if f.empty {
		return "scatter chart without data"
	}
	return fmt.Sprintf("scatter chart of %s points, x from %s to %s, y from %s to %s", formatInt(int64(total), true),
		formatNumber(f.x.lo), formatNumber(f.x.hi), formatNumber(f.y.lo), formatNumber(f.y.hi))
}
