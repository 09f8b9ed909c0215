package viz

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Box draws a horizontal box for each label: from the first to the third quartile, a line at the
// median, whiskers to the last values within one and a half times the height of the box, and a dot
// for each value beyond (at most 200; the chart says how many more). NaN and Inf are left out and
// counted.
func Box(title string, labels []string, values [][]float64) *Chart {
	b := &boxes{}
	for i := range min(len(labels), len(values), maxBars) {
		b.groups = append(b.groups, newBox(clean(labels[i]), values[i]))
	}
	b.hidden = min(len(labels), len(values)) - len(b.groups)
	return &Chart{Title: title, figure: b}
}

type boxes struct {
	groups []box
	hidden int
}

// box is the summary of one group.
type box struct {
	label             string
	n                 int
	low, high         float64 // ends of the whiskers
	q1, median, q3    float64
	outliers          []float64
	moreOutliers      int
	nan, inf, extreme int
}

const maxOutliers = 200

func newBox(label string, values []float64) box {
	b := box{label: label}
	s := newSpan(false)
	var kept []float64
	for _, v := range values {
		s.count(v)
		if s.place(v) {
			kept = append(kept, v)
		}
	}
	b.nan, b.inf, b.extreme, b.n = s.nan, s.inf, s.huge, len(kept)
	if b.n == 0 {
		return b
	}
	slices.Sort(kept)
	b.q1, b.median, b.q3 = quantile(kept, 0.25), quantile(kept, 0.5), quantile(kept, 0.75)
	reach := 1.5 * (b.q3 - b.q1)
	b.low, b.high = b.q1, b.q3
	for _, v := range kept {
		switch {
		case v < b.q1-reach || v > b.q3+reach:
			if len(b.outliers) < maxOutliers {
				b.outliers = append(b.outliers, v)
			} else {
				b.moreOutliers++
			}
		default:
			b.low, b.high = min(b.low, v), max(b.high, v)
		}
	}
	return b
}

// quantile interpolates between the neighbours in sorted.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func (b *boxes) span(c *Chart) *span {
	s := newSpan(c.LogX)
	for _, g := range b.groups {
		s.nan, s.inf, s.huge = s.nan+g.nan, s.inf+g.inf, s.huge+g.extreme
		if g.n == 0 {
			continue
		}
		for _, v := range append([]float64{g.low, g.q1, g.median, g.q3, g.high}, g.outliers...) {
			if s.place(v) {
				s.add(v)
			} else {
				s.count(v)
			}
		}
	}
	return s
}

func (b *boxes) size() (int, int)            { return 640, min(80+max(len(b.groups), 2)*34, 1600) }
func (b *boxes) legend(*Chart) []legendEntry { return nil }

func (b *boxes) remarks(c *Chart) []string {
	out := b.span(c).remarks()
	more := 0
	for _, g := range b.groups {
		more += g.moreOutliers
	}
	if more > 0 {
		out = append(out, formatInt(int64(more), true)+" more outliers not drawn")
	}
	if b.hidden > 0 {
		out = append(out, formatInt(int64(b.hidden), true)+" more boxes not drawn")
	}
	return out
}

func (b *boxes) draw(c *Chart, dc draw.Canvas) {
	s := b.span(c)
	if s.empty() {
		drawText(dc, dc.Center().X, dc.Center().Y, "no data", centred(labelStyle))
		return
	}
	if label := clean(c.XLabel); label != "" {
		drawText(dc, dc.Center().X, dc.Min.Y+2, ellipsis(label, dc.Size().X*0.8, labelSize), centred(labelStyle))
		dc.Min.Y += labelSize + 6
	}
	var left vg.Length
	for _, g := range b.groups {
		left = max(left, textWidth(g.label, labelSize))
	}
	left = min(left, dc.Size().X*0.3)
	x0, x1, y0 := dc.Min.X+4+left+10, dc.Max.X-16, dc.Min.Y+labelSize+10
	sc := s.scale(0.02)
	x := func(v float64) vg.Length { return x0 + (x1-x0)*vg.Length(min(max(sc.at(v), 0), 1)) }
	dc.StrokeLine2(draw.LineStyle{Color: inkAxis, Width: 1}, x0, y0, x1, y0)
	for _, t := range sc.ticks(int((x1 - x0) / 85)) {
		dc.StrokeLine2(draw.LineStyle{Color: inkGrid, Width: 1}, x(t.value), y0, x(t.value), dc.Max.Y)
		dc.StrokeLine2(draw.LineStyle{Color: inkAxis, Width: 1}, x(t.value), y0-4, x(t.value), y0)
		drawText(dc, x(t.value), y0-6-labelSize*0.8, t.label, centred(labelStyle))
	}
	row := (dc.Max.Y - y0) / vg.Length(len(b.groups))
	for i, g := range b.groups {
		middle := dc.Max.Y - row*(vg.Length(i)+0.5)
		drawText(dc, dc.Min.X+4+left, middle-labelSize*0.36, ellipsis(g.label, left+1, labelSize), rightward(labelStyle))
		if g.n == 0 || sc.log && g.low < sc.lo {
			continue
		}
		g.draw(dc, x, s.place, middle, min(row*0.32, 11))
	}
}

// draw places values with x; place says which have a place.
func (g box) draw(dc draw.Canvas, x func(float64) vg.Length, place func(float64) bool, middle, half vg.Length) {
	line := draw.LineStyle{Color: palette[0], Width: 1.5}
	dc.StrokeLine2(line, x(g.low), middle, x(g.q1), middle)
	dc.StrokeLine2(line, x(g.q3), middle, x(g.high), middle)
	dc.StrokeLine2(line, x(g.low), middle-half/2, x(g.low), middle+half/2)
	dc.StrokeLine2(line, x(g.high), middle-half/2, x(g.high), middle+half/2)
	fillRect(dc, faded(palette[0], 0x90), x(g.q1), middle-half, max(x(g.q3), x(g.q1)+1), middle+half)
	dc.StrokeLine2(draw.LineStyle{Color: palette[1], Width: 2.5}, x(g.median), middle-half, x(g.median), middle+half)
	var dots vg.Path
	for _, v := range g.outliers {
		if !place(v) {
			continue
		}
		dots = append(dots, disc(vg.Point{X: x(v), Y: middle}, 2)...)
	}
	if len(dots) > 0 {
		dc.SetColor(faded(palette[0], 0xb0))
		dc.Fill(dots)
	}
}

// text is a line for each box: ├─[▒▒┃▒▒]─┤, and the median in figures.
func (b *boxes) text(c *Chart, width int) string {
	s := b.span(c)
	if s.empty() {
		return "no data\n"
	}
	left, right := 0, 0
	for _, g := range b.groups {
		left, right = max(left, textColumns(g.label)), max(right, textColumns(formatNumber(g.median)))
	}
	left = min(left, width/3)
	columns := max(10, width-left-right-3)
	f := &frame{x: s.scale(0.02)}
	var out strings.Builder
	for _, g := range b.groups {
		grid := newGrid(columns, 1)
		note := ""
		if g.n > 0 && !(f.x.log && g.low < f.x.lo) {
			note = formatNumber(g.median)
			at := func(v float64) int { return min(max(columnOf(f.x.at(v), columns), 0), columns-1) }
			for _, v := range g.outliers {
				if s.place(v) {
					grid.write(at(v), 0, "·")
				}
			}
			grid.write(at(g.low), 0, strings.Repeat("─", at(g.high)-at(g.low)+1))
			grid.write(at(g.low), 0, "├")
			grid.write(at(g.high), 0, "┤")
			grid.write(at(g.q1), 0, strings.Repeat("▒", at(g.q3)-at(g.q1)+1))
			grid.write(at(g.median), 0, "┃")
		}
		out.WriteString(padLeft(truncate(g.label, left), left) + "  " + grid.line(0) + " " + note + "\n")
	}
	out.WriteString(f.textAxis(left, columns))
	return out.String()
}

func (b *boxes) describe(*Chart) string {
	var parts []string
	for _, g := range b.groups[:min(len(b.groups), 8)] {
		if g.n > 0 && !math.IsNaN(g.median) {
			parts = append(parts, fmt.Sprintf("%s median %s", g.label, formatNumber(g.median)))
		}
	}
	if len(parts) == 0 {
		return "box plot without data"
	}
	return fmt.Sprintf("box plot of %d groups, %s", len(b.groups), strings.Join(parts, ", "))
}
