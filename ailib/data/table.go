package data

import (
	"context"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"
)

func background() context.Context { return context.Background() }

// cellText is a value as tables show it.
func cellText(a arrow.Array, i int) string {
	switch v := valueAt(a, i).(type) {
	case nil:
		return "null"
	case string:
		return shorten(visible(v), 40)
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	case time.Time:
		return timeText(v)
	case []byte:
		return shorten(fmt.Sprintf("%x", v), 40)
	case []float64, []any, map[string]any:
		return shorten(jsonValue(v), 40)
	default:
		return fmt.Sprint(v)
	}
}

// visible shows control characters as what they are, so that a value cannot
// break the table or the terminal.
func visible(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// textTable draws the columns that fit 100 characters.
func textTable(rec arrow.RecordBatch) string {
	const most = 100
	var columns [][]string
	used, left := 0, 0
	for j, c := range rec.Columns() {
		cells := []string{shorten(visible(rec.ColumnName(j)), 40)}
		for i := range c.Len() {
			cells = append(cells, cellText(c, i))
		}
		width := 0
		for _, cell := range cells {
			width = max(width, displayWidth(cell))
		}
		if used+width+2 > most && len(columns) > 0 {
			left = int(rec.NumCols()) - j
			break
		}
		used += width + 2
		for i, cell := range cells {
			pad := strings.Repeat(" ", width-displayWidth(cell))
			if isNumeric(c.DataType()) {
				cells[i] = pad + cell
			} else {
				cells[i] = cell + pad
			}
		}
		columns = append(columns, cells)
	}
	var b strings.Builder
	for i := 0; len(columns) > 0 && i < len(columns[0]); i++ {
		parts := make([]string, len(columns))
		for j := range columns {
			parts[j] = columns[j][i]
		}
		line := strings.Join(parts, "  ")
		if i == 0 && left > 0 {
			line += fmt.Sprintf("  … %d more", left)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// displayWidth counts wide characters, such as Chinese ones, as two.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
			r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff) {
			n++
		}
	}
	return n
}

// htmlTable draws a table that has no colours of its own, so that it fits dark
// and light pages. nulls, where known, are shown under the types.
func htmlTable(rec arrow.RecordBatch, nulls map[string]int64, caption string) string {
	const head = "padding:2px 8px;vertical-align:top;white-space:nowrap;border-bottom:1px solid currentColor"
	const cell = "padding:2px 8px;white-space:nowrap"
	var b strings.Builder
	b.WriteString(`<div style="overflow-x:auto"><table style="border-collapse:collapse"><thead><tr>`)
	align := make([]string, rec.NumCols())
	for j, f := range rec.Schema().Fields() {
		align[j] = "left"
		if isNumeric(f.Type) {
			align[j] = "right"
		}
		fmt.Fprintf(&b, `<th style="text-align:%s;%s"><div>%s</div><div style="font-weight:normal;opacity:.65">%s</div>`,
			align[j], head, html.EscapeString(f.Name), html.EscapeString(typeName(f.Type)))
		if n, ok := nulls[f.Name]; ok {
			fmt.Fprintf(&b, `<div style="font-weight:normal;opacity:.65">%s null</div>`, thousands(n))
		}
		b.WriteString("</th>")
	}
	b.WriteString("</tr></thead><tbody>")
	for i := range int(rec.NumRows()) {
		b.WriteString("<tr>")
		for j, c := range rec.Columns() {
			text := html.EscapeString(cellText(c, i))
			if c.IsNull(i) {
				text = `<i style="opacity:.5">null</i>`
			}
			fmt.Fprintf(&b, `<td style="text-align:%s;%s">%s</td>`, align[j], cell, text)
		}
		b.WriteString("</tr>")
	}
	b.WriteString(`</tbody></table><div style="opacity:.65">` + html.EscapeString(caption) + `</div></div>`)
	return b.String()
}
