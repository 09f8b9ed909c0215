package viz

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// textRows is the height of the plot area of a text chart.
const textRows = 12

// text draws the frame with braille lines and block bars.
func (f *frame) text(c *Chart, width int) string {
	yticks := f.y.ticks(5)
	left := 0
	for _, t := range yticks {
		left = max(left, textColumns(t.label))
	}
	names, right := f.endLabels(width / 4)
	columns := max(8, width-left-2-right)
	if n := f.barCount(); n > 0 && n <= columns {
		columns -= columns % n // equal columns for equal bars
	}
	g := newGrid(columns, textRows)
	for _, l := range f.layers {
		f.textLayer(g, l)
	}
	if f.empty {
		g.write((columns-len("no data"))/2, textRows/2, "no data")
	}

	marks := map[int]string{}
	for _, t := range yticks {
		row := rowOf(f.y.at(t.value), textRows)
		if _, taken := marks[row]; !taken && row >= 0 && row < textRows {
			marks[row] = t.label
		}
	}
	var b strings.Builder
	if label := clean(c.YLabel); label != "" {
		b.WriteString(truncate(label, width) + "\n")
	}
	ends := f.placeEnds(names)
	for row := range textRows {
		axis := "│"
		if marks[row] != "" {
			axis = "┤"
		}
		b.WriteString(padLeft(marks[row], left) + " " + axis + g.line(row))
		if name := ends[row]; name != "" {
			b.WriteString(" " + name)
		}
		b.WriteByte('\n')
	}
	b.WriteString(f.textAxis(left, columns))
	if label := clean(c.XLabel); label != "" {
		label = truncate(label, columns)
		b.WriteString(strings.Repeat(" ", left+2+(columns-textColumns(label))/2) + label + "\n")
	}
	return b.String()
}

// textAxis is the x axis: a ruled line and the labels below it.
func (f *frame) textAxis(left, columns int) string {
	rule := []rune(strings.Repeat("─", columns))
	labels := newGrid(columns+left+2+8, 1)
	next := 0 // the first free column
	for _, t := range f.x.ticks(columns / 14) {
		column := columnOf(f.x.at(t.value), columns)
		if column < 0 || column >= columns {
			continue
		}
		rule[column] = '┬'
		start := left + 2 + column - textColumns(t.label)/2
		if start >= next && start+textColumns(t.label) <= left+2+columns+4 {
			labels.write(start, 0, t.label)
			next = start + textColumns(t.label) + 2
		}
	}
	return strings.Repeat(" ", left) + " └" + string(rule) + "\n" + labels.line(0) + "\n"
}

func (f *frame) barCount() int {
	for _, l := range f.layers {
		if len(l.counts) > 0 {
			return len(l.counts)
		}
	}
	return 0
}

func (f *frame) textLayer(g *textGrid, l layer) {
	for column := range g.columns {
		f.textBar(g, l, column)
	}
	dotX := func(x float64) int { return columnOf(f.x.at(x), g.columns*2) }
	dotY := func(y float64) int { return rowOf(f.y.at(y), g.rows*4) }
	for _, piece := range l.lines {
		for i, q := range piece {
			if i == 0 {
				g.dot(dotX(q.x), dotY(q.y))
				continue
			}
			g.stroke(dotX(piece[i-1].x), dotY(piece[i-1].y), dotX(q.x), dotY(q.y))
		}
	}
	for _, q := range l.dots {
		g.dot(dotX(q.x), dotY(q.y))
	}
}

// textBar fills one column with the highest bar that it covers.
func (f *frame) textBar(g *textGrid, l layer, column int) {
	n := len(l.counts)
	if n == 0 {
		return
	}
	width := (f.x.hi - f.x.lo) / float64(g.columns)
	from, to := f.x.lo+width*(float64(column)+1e-6), f.x.lo+width*(float64(column)+1-1e-6)
	var top float64
	for i := max(0, sort.SearchFloat64s(l.edges, from)-1); i < n && l.edges[i] < to; i++ {
		top = max(top, l.counts[i])
	}
	if top <= 0 {
		return
	}
	levels := max(1, int(min(f.y.at(top), 1)*float64(g.rows*8)+0.5))
	for row := g.rows - 1; row >= 0 && levels > 0; row-- {
		g.cells[row][column] = []rune("▁▂▃▄▅▆▇█")[min(levels, 8)-1]
		levels -= 8
	}
}

// endLabels names the lines at their right end, where there are several.
func (f *frame) endLabels(limit int) (names []string, width int) {
	if len(f.layers) < 2 {
		return nil, 0
	}
	for _, l := range f.layers {
		name := truncate(clean(l.name), max(limit, 6))
		names = append(names, name)
		width = max(width, textColumns(name)+1)
	}
	return names, width
}

// placeEnds gives each name a row next to the last point of its line: names keep the order of the
// lines' ends from top to bottom, and move apart where they collide.
func (f *frame) placeEnds(names []string) map[int]string {
	type end struct {
		name   string
		row    int
		height float64
	}
	ends := make([]end, len(names))
	for i, name := range names {
		ends[i] = end{name, textRows / 2, 0.5}
		if pieces := f.layers[i].lines; len(pieces) > 0 {
			piece := pieces[len(pieces)-1]
			height := f.y.at(piece[len(piece)-1].y)
			ends[i] = end{name, rowOf(height, textRows), height}
		}
	}
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(b.height, a.height) })
	ends = ends[:min(len(ends), textRows)]
	for i := 1; i < len(ends); i++ {
		ends[i].row = max(ends[i].row, ends[i-1].row+1)
	}
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i].row = min(ends[i].row, textRows-len(ends)+i)
	}
	rows := map[int]string{}
	for _, e := range ends {
		rows[e.row] = e.name
	}
	return rows
}

// columnOf and rowOf map [0, 1] to cells; row 0 is the highest.
func columnOf(t float64, columns int) int {
	c := int(t * float64(columns))
	if t == 1 {
		c = columns - 1
	}
	return c
}

func rowOf(t float64, rows int) int { return rows - 1 - columnOf(t, rows) }
