package ray

import (
	"fmt"
	"html"
	"strings"
	"time"
	"unicode/utf8"
)

// grid is a table of the state API.
type grid struct {
	head   []string
	rows   [][]string
	notice string
}

// String aligns the columns.
func (g *grid) String() string {
	width := make([]int, len(g.head))
	all := append([][]string{g.head}, g.rows...)
	for _, row := range all {
		for i, text := range row {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	var b strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, text := range row {
			fmt.Fprintf(&line, "%s%s  ", text, strings.Repeat(" ", width[i]-utf8.RuneCountInString(text)))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if g.notice != "" {
		b.WriteString(g.notice + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// bundle is the table as notebooks show it.
func (g *grid) bundle() map[string]any {
	var b strings.Builder
	b.WriteString(`<table class="goray-state"><thead><tr>`)
	for _, name := range g.head {
		b.WriteString(`<th style="text-align:left">` + html.EscapeString(name) + `</th>`)
	}
	b.WriteString(`</tr></thead><tbody>`)
	for _, row := range g.rows {
		b.WriteString(`<tr>`)
		for _, text := range row {
			b.WriteString(`<td style="text-align:left">` + html.EscapeString(text) + `</td>`)
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table>`)
	if g.notice != "" {
		b.WriteString(`<p>` + html.EscapeString(g.notice) + `</p>`)
	}
	return map[string]any{"text/plain": g.String(), "text/html": b.String()}
}

// oneLine shortens a text to fit into a column.
func oneLine(text string, most int) string {
	text, _, cut := strings.Cut(text, "\n")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	if cut {
		text += " …"
	}
	return text
}

// number is n as text, and empty for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// lasted is a duration for people.
func lasted(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// bytesText is a size for people.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	x, i := float64(n)/unit, 0
	for ; x >= unit && i < 3; i++ {
		x /= unit
	}
	return fmt.Sprintf("%.1f %ciB", x, "KMGT"[i])
}

// declaredAt is "In[3]:12", or a file and a line.
func declaredAt(cell string, line int) string {
	if cell == "" || line == 0 {
		return cell
	}
	return fmt.Sprintf("%s:%d", cell, line)
}
