package launcher

import (
	"fmt"
	"strings"
)

// A Problem is one thing that is wrong in a cluster file, with its place and its cure.
type Problem struct {
	Line, Column int // from 1; 0 when the file as a whole is meant
	Message      string
	Hint         string // what to do; may be empty
}

func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; ")
		b.WriteString(p.Hint)
	}
	return b.String()
}

// Problems is the error of a cluster file that cannot be used. It holds everything that is wrong,
// in the order of the file.
type Problems struct {
	File string
	List []Problem
	// source is shown, line by line, under the problems.
	source []string
}

func (e *Problems) Error() string {
	var b strings.Builder
	n := len(e.List)
	fmt.Fprintf(&b, "%s: %d %s", e.File, n, plural(n, "problem", "problems"))
	for _, p := range e.List {
		b.WriteString("\n  ")
		b.WriteString(p.String())
		if p.Line > 0 && p.Line <= len(e.source) {
			fmt.Fprintf(&b, "\n    %4d | %s", p.Line, strings.TrimRight(e.source[p.Line-1], " \t\r"))
		}
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
