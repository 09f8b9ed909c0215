package viz

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bar draws one horizontal bar for each label: counts by category, times of two methods. Values
// may be negative. Of labels and values the shorter one counts; NaN and Inf get no bar, and the
// chart says so.
func Bar(title string, labels []string, values []float64) *Chart {
	n := min(len(labels), len(values))
	b := &bars{labels: make([]string, n), values: append([]float64(nil), values[:n]...)}
	for i, l := range labels[:n] {
		b.labels[i] = clean(l)
	}
	return &Chart{Title: title, figure: b}
}

// maxBars bounds what is drawn; the rest is counted.
const maxBars = 60

type bars struct {
	labels []string
	values []float64
}

func (b *bars) shown() int { return min(len(b.values), maxBars) }

func (b *bars) size() (int, int) { return 640, min(70+max(b.shown(), 3)*24, 1600) }

func (b *bars) legend(*Chart) []legendEntry { return nil }

func (b *bars) span() *span {
	s := newSpan(false)
	s.add(0)
	for _, v := range b.values[:b.shown()] {
		if s.place(v) {
			s.add(v)
		} else {
			s.count(v)
		}
	}
	return s
}

func (b *bars) remarks(*Chart) []string {
	out := b.span().remarks()
	if n := len(b.values) - b.shown(); n > 0 {
		out = append(out, formatInt(int64(n), true)+" more bars not drawn")
	}
	return out
}

func (b *bars) draw(c *Chart, dc draw.Canvas) {
	if len(b.values) == 0 {
		drawText(dc, dc.Center().X, dc.Center().Y, "no data", centred(labelStyle))
		return
	}
	s := b.span()
	if label := clean(c.XLabel); label != "" {
		drawText(dc, dc.Center().X, dc.Min.Y+2, label, centred(labelStyle))
		dc.Min.Y += labelSize + 8
	}
	var left, right vg.Length
	for i := range b.shown() {
		left = max(left, textWidth(b.labels[i], labelSize))
		right = max(right, textWidth(formatNumber(b.values[i]), labelSize))
	}
	left = min(left, dc.Size().X*0.35)
	x0, x1 := dc.Min.X+4+left+8, dc.Max.X-right-8
	if s.lo < 0 {
		x0 += right + 8
	}
	at := func(v float64) vg.Length {
		if s.hi == s.lo {
			return x0
		}
		return x0 + (x1-x0)*vg.Length((v-s.lo)/(s.hi-s.lo))
	}
	row := dc.Size().Y / vg.Length(b.shown())
	for i := range b.shown() {
		middle := dc.Max.Y - row*(vg.Length(i)+0.5)
		drawText(dc, dc.Min.X+4+left, middle-labelSize*0.36, ellipsis(b.labels[i], left+1, labelSize), rightward(labelStyle))
		v := b.values[i]
		if !finite(v) {
			drawText(dc, at(0)+6, middle-labelSize*0.36, formatNumber(v), labelStyle)
			continue
		}
		half := min(row*0.36, 11)
		fillRect(dc, seriesColor(0), min(at(0), at(v)), middle-half, max(at(0), at(v)), middle+half)
		if v < 0 {
			drawText(dc, at(v)-6, middle-labelSize*0.36, formatNumber(v), rightward(labelStyle))
		} else {
			drawText(dc, at(v)+6, middle-labelSize*0.36, formatNumber(v), labelStyle)
		}
	}
	dc.StrokeLine2(draw.LineStyle{Color: inkAxis, Width: 1}, at(0), dc.Min.Y, at(0), dc.Max.Y)
}

func (b *bars) text(c *Chart, width int) string {
	if len(b.values) == 0 {
		return "no data\n"
	}
	s := b.span()
	left, right := 0, 0
	for i := range b.shown() {
		left = max(left, textColumns(b.labels[i]))
		right = max(right, textColumns(formatNumber(b.values[i])))
	}
	left = min(left, width/3)
	columns := max(8, width-left-right-4)
	zero := 0
	if s.hi > s.lo {
		zero = int(math.Round(-s.lo / (s.hi - s.lo) * float64(columns)))
	}
	var out strings.Builder
	for i := range b.shown() {
		v := b.values[i]
		out.WriteString(padLeft(truncate(b.labels[i], left), left) + " ")
		bar := strings.Repeat(" ", zero) + "│"
		if finite(v) && s.hi > s.lo {
			length := math.Abs(v) / (s.hi - s.lo) * float64(columns)
			if v < 0 {
				n := min(zero, int(math.Round(length)))
				bar = strings.Repeat(" ", zero-n) + strings.Repeat("█", n) + "│"
			} else {
				bar += blocks(length)
			}
		}
		out.WriteString(bar + " " + formatNumber(v) + "\n")
	}
	if label := clean(c.XLabel); label != "" {
		out.WriteString(strings.Repeat(" ", left+2) + truncate(label, width-left-2) + "\n")
	}
	return out.String()
}

// blocks is a bar of length columns, to an eighth.
func blocks(length float64) string {
	eighths := int(math.Round(length * 8))
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}

func (b *bars) describe(*Chart) string {
	var parts []string
	for i := range min(b.shown(), 8) {
		parts = append(parts, b.labels[i]+" "+formatNumber(b.values[i]))
	}
	if len(parts) == 0 {
		return "bar chart without data"
	}
	return fmt.Sprintf("bar chart of %d values, %s", len(b.values), strings.Join(parts, ", "))
}
