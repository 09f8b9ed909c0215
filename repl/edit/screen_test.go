package edit

import (
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// emulator is a terminal of fixed size, as far as the renderer uses one. Wide characters take two
// cells. It fails loudly at what it does not know.
type emulator struct {
	columns     int
	cells       [][]string
	row, column int
	strange     []string
}

func newEmulator(columns int) *emulator { return &emulator{columns: columns} }

func (e *emulator) line(row int) []string {
	for len(e.cells) <= row {
		blank := make([]string, e.columns)
		for i := range blank {
			blank[i] = " "
		}
		e.cells = append(e.cells, blank)
	}
	return e.cells[row]
}

func (e *emulator) Write(p []byte) (int, error) {
	for s := string(p); s != ""; {
		if strings.HasPrefix(s, "\x1b[") {
			sequence := sgr(s)
			s = s[len(sequence):]
			e.control(sequence[2:len(sequence)-1], sequence[len(sequence)-1])
			continue
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(s, -1)
		s = rest
		switch cluster {
		case "\r\n":
			e.row, e.column = e.row+1, 0
		case "\r":
			e.column = 0
		case "\n":
			e.row++
		default:
			if e.column+width > e.columns {
				e.strange = append(e.strange, "the terminal wrapped at "+cluster)
				e.row, e.column = e.row+1, 0
			}
			e.line(e.row)[e.column] = cluster
			for i := 1; i < width; i++ {
				e.line(e.row)[e.column+i] = ""
			}
			e.column += width
		}
		e.line(e.row)
	}
	return len(p), nil
}

func (e *emulator) control(argument string, final byte) {
	n, _ := strconv.Atoi(argument)
	switch final {
	case 'A':
		e.row -= max(n, 1)
	case 'C':
		e.column += max(n, 1)
	case 'K', 'J':
		for c := e.column; c < e.columns; c++ {
			e.line(e.row)[c] = " "
		}
		if final == 'J' {
			e.cells = e.cells[:e.row+1]
		}
	case 'h', 'l', 'm':
	default:
		e.strange = append(e.strange, argument+string(final))
	}
	if e.row < 0 || e.column >= e.columns {
		e.strange = append(e.strange, "the cursor left the screen")
	}
}

// String is the screen with the cursor as ▌.
func (e *emulator) String() string {
	var b strings.Builder
	for r, line := range e.cells {
		var text strings.Builder
		for c, cell := range line {
			if r == e.row && c == e.column {
				text.WriteString("▌")
			}
			text.WriteString(cell)
		}
		b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	for _, s := range e.strange {
		b.WriteString("!! " + s + "\n")
	}
	return b.String()
}
