package viz

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var nan = math.NaN()

// Axis is one vertical axis of ParallelCoordinates. It is numeric unless Categories are given or
// a trace has a value on it that is no number; then equal values meet in one place, in order of
// Categories and then of appearance.
type Axis struct {
	Name       string
	Log        bool
	Categories []string
}

// Trace is one line: Values[i] belongs to axis i; nil, NaN and Inf leave a gap. Best marks the
// line to highlight.
type Trace struct {
	Name   string
	Values []any
	Best   bool
}

// ParallelCoordinates draws one line through all axes for each trace: the trials of a search, with
// the metric as last axis. Lines are coloured by their value on the last axis, the best one is
// drawn thick and on top.
func ParallelCoordinates(axes []Axis, lines []Trace) *Chart {
	p := &parallel{lines: append([]Trace(nil), lines...)}
	for i, a := range axes {
		p.axes = append(p.axes, p.place(i, a))
	}
	return &Chart{figure: p}
}

type parallel struct {
	axes  []placed
	lines []Trace
}

// placed is an axis with the position of every trace on it; NaN where it has none.
type placed struct {
	Axis
	scale scale
	at    []float64
	marks []tick // value is the position here
	span  *span
}

func (p *parallel) place(index int, a Axis) placed {
	out := placed{Axis: a, span: newSpan(a.Log)}
	values := make([]float64, len(p.lines))
	words := a.Categories != nil
	for i, l := range p.lines {
		values[i] = nan
		if index < len(l.Values) && l.Values[index] != nil {
			v, ok := toFloat(l.Values[index])
			values[i], words = v, words || !ok
		}
	}
	if words {
		return p.placeWords(index, out)
	}
	for _, v := range values {
		if out.span.place(v) {
			out.span.add(v)
		} else {
			out.span.count(v)
		}
	}
	out.scale = out.span.scale(0)
	for _, v := range values {
		t := nan
		if out.span.place(v) {
			t = out.scale.at(v)
		}
		out.at = append(out.at, t)
	}
	if !out.span.empty() {
		for _, t := range out.scale.ticks(5) {
			out.marks = append(out.marks, tick{out.scale.at(t.value), t.label})
		}
	}
	return out
}

func (p *parallel) placeWords(index int, out placed) placed {
	names := slices.Clone(out.Categories)
	word := func(l Trace) string {
		if index >= len(l.Values) || l.Values[index] == nil {
			return ""
		}
		return clean(cellText(l.Values[index]))
	}
	for _, l := range p.lines {
		if w := word(l); w != "" && !slices.Contains(names, w) {
			names = append(names, w)
		}
	}
	position := func(i int) float64 { return (float64(i) + 0.5) / float64(len(names)) }
	for i, name := range names {
		out.marks = append(out.marks, tick{position(i), clean(name)})
	}
	for _, l := range p.lines {
		t := nan
		if i := slices.Index(names, word(l)); i >= 0 && word(l) != "" {
			t = position(i)
		}
		out.at = append(out.at, t)
	}
	return out
}

func (p *parallel) size() (int, int)            { return min(max(640, 110*len(p.axes)), 1400), 360 }
func (p *parallel) legend(*Chart) []legendEntry { return nil }

func (p *parallel) remarks(*Chart) []string {
	gaps := 0
	for _, a := range p.axes {
		for _, t := range a.at {
			if math.IsNaN(t) {
				gaps++
			}
		}
	}
	if gaps == 0 {
		return nil
	}
	return []string{"gaps for missing values: " + formatInt(int64(gaps), true)}
}

func (p *parallel) draw(c *Chart, dc draw.Canvas) {
	if len(p.axes) == 0 || len(p.lines) == 0 {
		drawText(dc, dc.Center().X, dc.Center().Y, "no data", centred(labelStyle))
		return
	}
	// Labels stand left of their axis, so the first one needs room.
	room := vg.Length(0)
	for _, m := range p.axes[0].marks {
		room = max(room, textWidth(m.label, labelSize))
	}
	x0, x1 := dc.Min.X+min(room, 90)+14, dc.Max.X-24
	if last := p.axes[len(p.axes)-1]; len(p.axes) > 1 {
		// The last axis has its labels on the outer side, where no line crosses them.
		room = 0
		for _, m := range last.marks {
			room = max(room, textWidth(m.label, labelSize))
		}
		x1 = dc.Max.X - max(min(room, 90)+10, 24)
	}
	y0, y1 := dc.Min.Y+6, dc.Max.Y-labelSize-14
	step := vg.Length(0)
	if len(p.axes) > 1 {
		step = (x1 - x0) / vg.Length(len(p.axes)-1)
	}
	x := func(i int) vg.Length { return x0 + step*vg.Length(i) }
	y := func(t float64) vg.Length { return y0 + (y1-y0)*vg.Length(t) }

	order := make([]int, len(p.lines))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return boolInt(p.lines[a].Best) - boolInt(p.lines[b].Best) })
	for _, i := range order {
		p.drawLine(dc, i, x, y)
	}
	for i, a := range p.axes {
		dc.StrokeLine2(draw.LineStyle{Color: inkAxis, Width: 1.25}, x(i), y0, x(i), y1)
		style, at := centred(labelStyle), x(i)
		style.Font.Weight = titleStyle.Font.Weight
		name := ellipsis(clean(a.Name), max(step, 60)-8, labelSize)
		half := textWidth(name, labelSize) / 2
		at = min(max(at, dc.Min.X+half), dc.Max.X-half)
		drawText(dc, at, y1+8, name, style)
		free := y0 - 100
		for _, m := range a.marks {
			base := y(m.value) - labelSize*0.36
			side, style := vg.Length(-1), rightward(labelStyle)
			if i > 0 && i == len(p.axes)-1 {
				side, style = 1, labelStyle
			} else if i > 0 {
				style.Font.Weight = titleStyle.Font.Weight // lines cross these
			}
			dc.StrokeLine2(draw.LineStyle{Color: inkAxis, Width: 1}, x(i)+side*4, y(m.value), x(i), y(m.value))
			if base-free < labelSize {
				continue
			}
			free = base
			drawText(dc, x(i)+side*7, base, ellipsis(m.label, max(min(step, 110)-14, 40), labelSize), style)
		}
	}
}

func (p *parallel) drawLine(dc draw.Canvas, i int, x func(int) vg.Length, y func(float64) vg.Length) {
	style := draw.LineStyle{Color: faded(p.color(i), 0xd0), Width: 1.5}
	if len(p.lines) > 20 {
		style = draw.LineStyle{Color: faded(p.color(i), 0x90), Width: 1.25}
	}
	if p.lines[i].Best {
		style = draw.LineStyle{Color: palette[2], Width: 3.5}
	}
	var piece []vg.Point
	flush := func() {
		if len(piece) > 1 {
			dc.StrokeLines(style, piece)
		} else if len(piece) == 1 {
			dc.SetColor(style.Color)
			dc.Fill(disc(piece[0], 3))
		}
		piece = nil
	}
	for k, a := range p.axes {
		if math.IsNaN(a.at[i]) {
			flush()
			continue
		}
		piece = append(piece, vg.Point{X: x(k), Y: y(a.at[i])})
	}
	if p.lines[i].Best {
		for _, q := range piece {
			dc.SetColor(style.Color)
			dc.Fill(disc(q, 4))
		}
	}
	flush()
}

func (p *parallel) color(i int) color.NRGBA {
	if t := p.axes[len(p.axes)-1].at[i]; !math.IsNaN(t) {
		return ramp(t)
	}
	return inkAxis
}

// text is a table: a terminal cannot tell crossing lines apart.
func (p *parallel) text(c *Chart, width int) string {
	if len(p.axes) == 0 || len(p.lines) == 0 {
		return "no data\n"
	}
	named := slices.ContainsFunc(p.lines, func(l Trace) bool { return l.Name != "" })
	var columns []string
	if named {
		columns = append(columns, "")
	}
	for _, a := range p.axes {
		columns = append(columns, a.Name)
	}
	var rows [][]any
	best := -1
	for i, l := range p.lines {
		var row []any
		if named {
			row = append(row, l.Name)
		}
		row = append(row, l.Values[:min(len(l.Values), len(p.axes))]...)
		rows = append(rows, row)
		if l.Best && best < 0 {
			best = i
		}
	}
	t := NewTable(columns, rows)
	t.Best = best
	return t.Text(width)
}

func (p *parallel) describe(*Chart) string {
	var names []string
	for _, a := range p.axes {
		names = append(names, clean(a.Name))
	}
	if len(p.lines) == 0 {
		return "parallel coordinates without data"
	}
	return fmt.Sprintf("parallel coordinates of %d lines over %s", len(p.lines), strings.Join(names, ", "))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
