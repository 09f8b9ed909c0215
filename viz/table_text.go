package viz

import "strings"

// Text lays the table out in at most width columns. Wide columns are shortened first; columns
// that have no room at all are left out and counted.
func (t *Table) Text(width int) string {
	g := t.layout()
	const between = 2
	indent := 0
	if g.best >= 0 {
		indent = 2
	}
	widths := g.fit(max(width, 16)-indent, between)
	var b strings.Builder
	if title := clean(t.Title); title != "" {
		b.WriteString(truncate(title, width) + "\n")
	}
	write := func(mark string, cells []string) {
		var line strings.Builder
		if indent > 0 {
			line.WriteString(padRight(mark, indent))
		}
		for c, w := range widths {
			if c > 0 {
				line.WriteString(strings.Repeat(" ", between))
			}
			text := truncate(cells[c], w)
			if g.right[c] {
				line.WriteString(padLeft(text, w))
			} else {
				line.WriteString(padRight(text, w))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if len(t.Columns) > 0 {
		write("", g.columns)
		rule := make([]string, len(g.columns))
		for c, w := range widths {
			rule[c] = strings.Repeat("─", w)
		}
		write("", rule)
	}
	for r, row := range g.cells {
		mark := ""
		if r == g.best {
			mark = "★"
		}
		write(mark, row)
	}
	note := g.note
	if hidden := len(g.columns) - len(widths); hidden > 0 {
		if note != "" {
			note += "; "
		}
		note += formatInt(int64(hidden), true) + " columns do not fit"
	}
	if note != "" {
		b.WriteString(truncate("("+note+")", max(width, 16)) + "\n")
	}
	return b.String()
}

// fit chooses the column widths. While the table is too wide its widest column shrinks, down to
// eight; then columns go from the right.
func (g *sheet) fit(width, between int) []int {
	widths := make([]int, len(g.columns))
	for c := range widths {
		widths[c] = textColumns(g.columns[c])
		for _, row := range g.cells {
			widths[c] = max(widths[c], textColumns(row[c]))
		}
	}
	const least = 8
	for {
		total := between * max(0, len(widths)-1)
		widest := 0
		for c, w := range widths {
			total += w
			if w > widths[widest] {
				widest = c
			}
		}
		switch {
		case total <= width:
			return widths
		case widths[widest] > least:
			widths[widest] -= min(total-width, widths[widest]-least, max(1, widths[widest]/8))
		case len(widths) > 1:
			widths = widths[:len(widths)-1]
		default:
			widths[0] = max(1, width)
			return widths
		}
	}
}
