package edit

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// page is text cut into the rows of the screen, and the place of the cursor.
type page struct {
	rows        []string
	row, column int
}

// tabWidth is how wide a tab is drawn.
const tabWidth = 4

// layout cuts prompt and source into rows of less than columns, so that the terminal never wraps:
// then we know where everything is. Source may hold SGR sequences, which take no room; a colour
// that is on at the end of a row is switched off there and on again in the next.
func layout(prompt, more, source string, cursor, columns int) page {
	columns = max(columns, 8)
	l := liner{limit: columns - 1}
	l.write(prompt)
	l.base = l.column
	at := 0
	for source != "" {
		if at == cursor && !strings.HasPrefix(source, "\x1b") {
			l.mark()
		}
		if sequence := sgr(source); sequence != "" {
			l.color(sequence)
			source = source[len(sequence):]
			continue
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(source, -1)
		runes := utf8.RuneCountInString(cluster)
		if at < cursor && cursor < at+runes {
			l.mark() // inside of a cluster: before it
		}
		switch {
		case cluster == "\n" || cluster == "\r\n":
			l.newline()
			l.write(more)
			l.base = l.column
		case cluster == "\t":
			width := tabWidth - max(l.column-l.base, 0)%tabWidth
			l.put(strings.Repeat(" ", width), width)
		case cluster[0] < ' ' || cluster[0] == 0x7f:
			l.put("^"+string(rune(cluster[0]^0x40)), 2)
		default:
			l.put(cluster, width)
		}
		at += runes
		source = rest
	}
	if at <= cursor {
		l.mark()
	}
	l.newline()
	return page{l.rows, l.markRow, l.markColumn}
}

// sgr is the control sequence at the beginning of s, if there is one.
func sgr(s string) string {
	if !strings.HasPrefix(s, "\x1b[") {
		return ""
	}
	end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
	if end < 0 {
		return ""
	}
	return s[:2+end+1]
}

// liner fills rows.
type liner struct {
	limit               int
	rows                []string
	row                 strings.Builder
	column, base        int    // base is where the text of the line begins
	active              string // the colour that is on
	markRow, markColumn int
}

func (l *liner) mark() { l.markRow, l.markColumn = len(l.rows), l.column }

func (l *liner) color(sequence string) {
	l.row.WriteString(sequence)
	l.active = sequence
	if sequence == "\x1b[0m" || sequence == "\x1b[m" {
		l.active = ""
	}
}

// put writes a piece that is not to be cut.
func (l *liner) put(s string, width int) {
	if l.column+width > l.limit {
		// The cursor may stand before the piece that moves down: then it moves along.
		moves := l.markRow == len(l.rows) && l.markColumn == l.column
		l.newline()
		if moves {
			l.mark()
		}
	}
	l.row.WriteString(s)
	l.column += width
}

// write is for prompts: SGR sequences and narrow text.
func (l *liner) write(s string) {
	for s != "" {
		if sequence := sgr(s); sequence != "" {
			l.color(sequence)
			s = s[len(sequence):]
			continue
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(s, -1)
		l.put(cluster, width)
		s = rest
	}
}

func (l *liner) newline() {
	if l.active != "" {
		l.row.WriteString("\x1b[0m")
	}
	l.rows = append(l.rows, l.row.String())
	l.row.Reset()
	l.row.WriteString(l.active)
	l.column = 0
}

// renderer knows how far below the first row of the last page the cursor is.
type renderer struct{ row int }

// draw replaces the last page. Of a page higher than the screen, the part with the cursor is drawn.
func (r *renderer) draw(out io.Writer, p page, below []string, columns, height int) {
	height = max(height-1, 3)
	rows := p.rows
	if len(rows) > height {
		top := min(max(p.row-height/2, 0), len(rows)-height)
		rows, p.row = rows[top:top+height], p.row-top
	}
	rows = append(rows[:len(rows):len(rows)], below[:min(len(below), max(0, height-len(rows)))]...)
	var b strings.Builder
	b.WriteString("\x1b[?25l\r")
	if r.row > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", r.row)
	}
	for i, row := range rows {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(row + "\x1b[K")
	}
	b.WriteString("\x1b[J\r")
	if up := len(rows) - 1 - p.row; up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	if p.column > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", p.column)
	}
	b.WriteString("\x1b[?25h")
	io.WriteString(out, b.String())
	r.row = p.row
}
