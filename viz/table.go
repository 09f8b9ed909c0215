package viz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Table shows rows and columns, numbers to the right. Fields may be set until it is shown.
type Table struct {
	Title   string
	Columns []string
	Rows    [][]any // a row may be shorter or longer than Columns
	Best    int     // index of the row to highlight with ★; -1 for none
	MaxRows int     // rows shown; the rest is counted. 0 means 50
	Note    string  // a line below the table
}

// NewTable returns a table without a highlighted row.
func NewTable(columns []string, rows [][]any) *Table {
	return &Table{Columns: columns, Rows: rows, Best: -1}
}

// SortBy sorts the rows by a column, stably, numbers as numbers and the rest as text; missing
// values go last. The highlighted row stays highlighted. An unknown column changes nothing.
func (t *Table) SortBy(column string, descending bool) *Table {
	index := slices.Index(t.Columns, column)
	if index < 0 {
		return t
	}
	order := make([]int, len(t.Rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return compareCells(cellAt(t.Rows[a], index), cellAt(t.Rows[b], index), descending)
	})
	rows, best := make([][]any, len(order)), -1
	for i, from := range order {
		rows[i] = t.Rows[from]
		if from == t.Best {
			best = i
		}
	}
	t.Rows, t.Best = rows, best
	return t
}

func compareCells(a, b any, descending bool) int {
	if missing(a) || missing(b) {
		return boolInt(missing(a)) - boolInt(missing(b))
	}
	x, numeric := toFloat(a)
	y, both := toFloat(b)
	c := 0
	if numeric && both {
		c = cmp.Compare(x, y)
	} else {
		c = strings.Compare(cellText(a), cellText(b))
	}
	if descending {
		return -c
	}
	return c
}

func cellAt(row []any, column int) any {
	if column < len(row) {
		return row[column]
	}
	return nil
}

// MIMEBundle gives text/plain and text/html.
func (t *Table) MIMEBundle() map[string]any {
	return map[string]any{mimeText: t.Text(columnsNow()), mimeHTML: t.HTML()}
}

// String is the text form.
func (t *Table) String() string { return t.Text(columnsNow()) }

// sheet is a table laid out as text: cells formatted, columns aligned, rows cut.
type sheet struct {
	columns []string
	right   []bool
	cells   [][]string
	missing [][]bool
	best    int // row of cells, or -1
	note    string
}

func (t *Table) layout() sheet {
	width := len(t.Columns)
	for _, row := range t.Rows {
		width = max(width, len(row))
	}
	shown, best := t.page()
	g := sheet{columns: make([]string, width), right: make([]bool, width), best: best, note: t.note(len(shown))}
	for i := range g.columns {
		if i < len(t.Columns) {
			g.columns[i] = clean(t.Columns[i])
		}
	}
	g.cells = make([][]string, len(shown))
	g.missing = make([][]bool, len(shown))
	for r := range shown {
		g.cells[r], g.missing[r] = make([]string, width), make([]bool, width)
	}
	for c := range width {
		column := make([]any, len(shown))
		for r, row := range shown {
			column[r] = cellAt(row, c)
			g.missing[r][c] = missing(column[r])
		}
		texts, numeric := formatColumn(column)
		g.right[c] = numeric
		for r := range shown {
			g.cells[r][c] = texts[r]
		}
	}
	return g
}

// page is the rows to show. A highlighted row that would be cut takes the last place.
func (t *Table) page() (rows [][]any, best int) {
	limit := t.MaxRows
	if limit <= 0 {
		limit = 50
	}
	best = t.Best
	if best < 0 || best >= len(t.Rows) {
		best = -1
	}
	if len(t.Rows) <= limit {
		return t.Rows, best
	}
	rows = slices.Clone(t.Rows[:limit])
	if best >= limit {
		rows[limit-1], best = t.Rows[best], limit-1
	}
	return rows, best
}

func (t *Table) note(shown int) string {
	var parts []string
	if shown < len(t.Rows) {
		parts = append(parts, fmt.Sprintf("%s of %s rows", formatInt(int64(shown), true), formatInt(int64(len(t.Rows)), true)))
	}
	if note := clean(t.Note); note != "" {
		parts = append(parts, note)
	}
	return strings.Join(parts, "; ")
}
