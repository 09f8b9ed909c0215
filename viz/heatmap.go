package viz

import (
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Heatmap colours a grid of values: values[r][c] belongs to rows[r] and columns[c]. Missing cells,
// NaN and Inf stay blank. At most 40 × 40 cells are drawn.
func Heatmap(title string, columns, rows []string, values [][]float64) *Chart {
	h := &heat{}
	for _, c := range columns[:min(len(columns), maxCells)] {
		h.columns = append(h.columns, clean(c))
	}
	for r, name := range rows[:min(len(rows), maxCells)] {
		h.rows = append(h.rows, clean(name))
		line := make([]float64, len(h.columns))
		for c := range line {
			line[c] = nan
			if r < len(values) && c < len(values[r]) {
				line[c] = values[r][c]
			}
		}
		h.values = append(h.values, line)
	}
	h.hidden = len(rows)*len(columns) - len(h.rows)*len(h.columns)
	return &Chart{Title: title, figure: h}
}

const maxCells = 40

type heat struct {
	columns, rows []string
	values        [][]float64
	hidden        int
}

func (h *heat) span() *span {
	s := newSpan(false)
	for _, row := range h.values {
		for _, v := range row {
			if s.place(v) {
				s.add(v)
			} else {
				s.count(v)
			}
		}
	}
	return s
}

func (h *heat) size() (int, int) {
	return min(max(360, 150+72*len(h.columns)), 960), min(max(160, 90+36*len(h.rows)), 900)
}

func (h *heat) legend(*Chart) []legendEntry { return nil }

func (h *heat) remarks(*Chart) []string {
	out := h.span().remarks()
	if h.hidden > 0 {
		out = append(out, formatInt(int64(h.hidden), true)+" cells not drawn")
	}
	return out
}

func (h *heat) draw(c *Chart, dc draw.Canvas) {
	s := h.span()
	if s.empty() {
		drawText(dc, dc.Center().X, dc.Center().Y, "no data", centred(labelStyle))
		return
	}
	if label := clean(c.YLabel); label != "" {
		drawText(dc, dc.Min.X+4, dc.Max.Y-labelSize, label, labelStyle)
		dc.Max.Y -= labelSize + 6
	}
	if label := clean(c.XLabel); label != "" {
		drawText(dc, dc.Center().X, dc.Min.Y+2, label, centred(labelStyle))
		dc.Min.Y += labelSize + 6
	}
	var left vg.Length
	for _, name := range h.rows {
		left = max(left, textWidth(name, labelSize))
	}
	left = min(left, dc.Size().X*0.3)
	x0, y0 := dc.Min.X+4+left+8, dc.Min.Y+labelSize+8
	w, t := (dc.Max.X-x0)/vg.Length(len(h.columns)), (dc.Max.Y-y0)/vg.Length(len(h.rows))
	sc := s.scale(0)
	every := 1 // label every column that has room
	for _, name := range h.columns {
		for w*vg.Length(every) < min(textWidth(name, labelSize), 80)+6 && every < len(h.columns) {
			every++
		}
	}
	for i, name := range h.columns {
		if i%every == 0 {
			drawText(dc, x0+w*(vg.Length(i)+0.5), dc.Min.Y+3, ellipsis(name, w*vg.Length(every)-2, labelSize), centred(labelStyle))
		}
	}
	for r, name := range h.rows {
		top := dc.Max.Y - t*vg.Length(r)
		if t >= labelSize || r%2 == 0 {
			drawText(dc, dc.Min.X+4+left, top-t/2-labelSize*0.36, ellipsis(name, left+1, labelSize), rightward(labelStyle))
		}
		for i, v := range h.values[r] {
			if !finite(v) {
				continue
			}
			x := x0 + w*vg.Length(i)
			fillRect(dc, ramp(sc.at(v)), x+0.75, top-t+0.75, x+w-0.75, top-0.75)
			if text := shortNumber(v); t > labelSize+3 && textWidth(text, labelSize) < w-6 {
				drawText(dc, x+w/2, top-t/2-labelSize*0.36, text, centred(coloured(labelStyle, color.White)))
			}
		}
	}
}

// shortNumber has four significant digits.
func shortNumber(v float64) string {
	s := fmt.Sprintf("%.4g", v)
	if strings.Contains(s, "e") {
		return trimExponent(s)
	}
	return groupDigits(s, 5)
}

func (h *heat) text(c *Chart, width int) string {
	s := h.span()
	if s.empty() {
		return "no data\n"
	}
	t := NewTable(append([]string{clean(c.YLabel)}, h.columns...), nil)
	for r, name := range h.rows {
		row := []any{name}
		for _, v := range h.values[r] {
			cell := ""
			if finite(v) {
				cell = shortNumber(v)
				if v == s.lo {
					cell += " ▾"
				} else if v == s.hi {
					cell += " ▴"
				}
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	t.MaxRows = len(t.Rows)
	return t.Text(width) + "▾ least  ▴ most\n"
}

func (h *heat) describe(*Chart) string {
	s := h.span()
	if s.empty() {
		return "heat map without data"
	}
	return fmt.Sprintf("heat map of %d × %d cells, values from %s to %s", len(h.rows), len(h.columns), formatNumber(s.lo), formatNumber(s.hi))
}
