package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// Front ends name a cell to a debugger by a hash of its source, which both sides compute. The names
// look like files; there are none.

// debugSeed is the seed of the hash.
const debugSeed = 0xc70f6907

const debugSuffix = ".go"

// debugPrefix begins the names. JupyterLab shows "Cell [3]" instead of a name that contains
// "ipykernel_".
func debugPrefix() string {
	return filepath.Join(os.TempDir(), "goray_not_ipykernel_") + string(filepath.Separator)
}

// debugPath names a source.
func debugPath(source string) string {
	return fmt.Sprint(debugPrefix(), murmur2([]byte(source), debugSeed), debugSuffix)
}

// murmur2 is the 32-bit MurmurHash2, the one hash that JupyterLab knows.
func murmur2(b []byte, seed uint32) uint32 {
	const m = 0x5bd1e995
	h := seed ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		k *= m
		k ^= k >> 24
		k *= m
		h = h*m ^ k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(b[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// debugLines are the lines of a cell at which it can stop: those of its Go code, also behind a magic
// that runs the rest of the cell.
func debugLines(eng engine.Debugger, source string) []int {
	var lines []int
	for _, p := range split(source) {
		text := p.text
		switch p.kind {
		case goPart:
		case cellPart:
			text = p.body
		default:
			continue
		}
		lines = append(lines, eng.StopLines(strings.Repeat("\n", p.line)+text)...)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// nearest is the line of lines at which a breakpoint for line stops: the next one, or the last.
func nearest(lines []int, line int) (int, bool) {
	if len(lines) == 0 {
		return line, false
	}
	i, _ := slices.BinarySearch(lines, line)
	return lines[min(i, len(lines)-1)], true
}
