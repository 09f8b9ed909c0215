package viz

import (
	"strings"

	"github.com/rivo/uniseg"
)

// textColumns is the width of s on a terminal: ideographs and most emoji take two columns.
func textColumns(s string) int { return uniseg.StringWidth(s) }

// truncate shortens s to at most width columns, ending in an ellipsis.
func truncate(s string, width int) string {
	if textColumns(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	var b strings.Builder
	used := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used+g.Width() > width-1 {
			break
		}
		used += g.Width()
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-textColumns(s))) + s
}

func padRight(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-textColumns(s)))
}

// trimLines drops blanks at the ends of lines, so that golden files and diffs stay honest.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// wrap breaks s between words into lines of at most width columns.
func wrap(s string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(s) {
		n := textColumns(word)
		if used > 0 && used+1+n > width {
			b.WriteByte('\n')
			used = 0
		}
		if used > 0 {
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String() + "\n"
}
