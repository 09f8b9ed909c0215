package viz

import "strings"

// textGrid is a page of characters with a finer page of braille dots, 2 × 4 in each character.
type textGrid struct {
	columns, rows int
	cells         [][]rune
}

func newGrid(columns, rows int) *textGrid {
	g := &textGrid{columns: columns, rows: rows, cells: make([][]rune, rows)}
	for i := range g.cells {
		g.cells[i] = []rune(strings.Repeat(" ", columns))
	}
	return g
}

// dotBits are the bits of a braille character by row and column of the dot.
var dotBits = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dot sets the dot at (x, y), counted from the upper left; dots outside are dropped.
func (g *textGrid) dot(x, y int) {
	if x < 0 || y < 0 || x >= g.columns*2 || y >= g.rows*4 {
		return
	}
	cell := &g.cells[y/4][x/2]
	if *cell < 0x2800 || *cell > 0x28FF {
		*cell = 0x2800
	}
	*cell |= dotBits[y%4][x%2]
}

// stroke draws a straight line of dots, both ends included.
func (g *textGrid) stroke(x0, y0, x1, y1 int) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	sx, sy := 1, 1
	if x0 > x1 {
		sx = -1
	}
	if y0 > y1 {
		sy = -1
	}
	for e := dx + dy; ; {
		g.dot(x0, y0)
		if x0 == x1 && y0 == y1 {
			return
		}
		e2 := 2 * e
		if e2 >= dy {
			e += dy
			x0 += sx
		}
		if e2 <= dx {
			e += dx
			y0 += sy
		}
	}
}

// write puts narrow text at (column, row).
func (g *textGrid) write(column, row int, s string) {
	for _, r := range s {
		if column >= 0 && column < g.columns {
			g.cells[row][column] = r
		}
		column++
	}
}

func (g *textGrid) line(row int) string { return string(g.cells[row]) }

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
