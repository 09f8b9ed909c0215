package data

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Sentinels for errors.Is.
var (
	// ErrColumn says that a column does not exist.
	ErrColumn = errors.New("data: no such column")
	// ErrType says that a column or function has a type that does not fit.
	ErrType = errors.New("data: type does not fit")
	// ErrOverflow says that integer arithmetic done by the library overflowed.
	ErrOverflow = errors.New("data: integer overflow")
	// ErrSchema says that files or datasets which belong together have different columns.
	ErrSchema = errors.New("data: schemas differ")
	// ErrNotFound says that a path matches no file.
	ErrNotFound = errors.New("data: no such file")
)

// errorKind is the sentinel of a PlanError in a form that can be encoded.
type errorKind int

const (
	kindNone errorKind = iota
	kindColumn
	kindType
	kindOverflow
	kindSchema
	kindNotFound
)

var sentinels = map[errorKind]error{
	kindColumn: ErrColumn, kindType: ErrType, kindOverflow: ErrOverflow,
	kindSchema: ErrSchema, kindNotFound: ErrNotFound,
}

// PlanError is a mistake in the description of a dataset or in its input. It
// matches the package's sentinels with errors.Is.
type PlanError struct {
	Message string
	kind    errorKind
}

// Error returns the cause and the fix.
func (e *PlanError) Error() string { return e.Message }

// Is reports whether target is the sentinel of this mistake.
func (e *PlanError) Is(target error) bool {
	return e.kind != kindNone && sentinels[e.kind] == target
}

func planErrorf(kind errorKind, format string, args ...any) error {
	return &PlanError{Message: fmt.Sprintf(format, args...), kind: kind}
}

// RowError says on which row a user's function failed. Err is the function's
// own error, or its panic as an error.
type RowError struct {
	Operator string // as Explain prints it
	Block    int    // index of the block within its operator, from 0
	Row      int64  // index of the row within the block, from 0; the first of a batch
	Value    string // the row, shortened
	Err      error
}

// Error names operator, block, row and cause.
func (e *RowError) Error() string {
	at := fmt.Sprintf("data: %s failed in block %d at row %d", e.Operator, e.Block, e.Row)
	if e.Value != "" {
		at += " " + e.Value
	}
	return at + ": " + e.Err.Error()
}

// Unwrap returns the function's own error.
func (e *RowError) Unwrap() error { return e.Err }

// MissingColumn is the error for a column that is not among have: it matches
// ErrColumn and names the nearest columns. It is for libraries.
func MissingColumn(op, name string, have []string) error { return missingColumn(op, name, have) }

// missingColumn names the column, the operation and the nearest names.
func missingColumn(op, name string, have []string) error {
	msg := fmt.Sprintf("data: %s: no column %q", op, name)
	if near := nearest(name, have); len(near) > 0 {
		msg += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return planErrorf(kindColumn, "%s; the columns are %s", msg, quoteAll(have))
}

func quoteAll(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most = 40
	out := make([]string, 0, len(names))
	for i, n := range names {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(names)-most))
			break
		}
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}

// nearest returns up to three names that are close to name, closest first.
func nearest(name string, have []string) []string {
	type scored struct {
		name string
		cost int
	}
	var close []scored
	low := strings.ToLower(name)
	for _, h := range have {
		other := strings.ToLower(h)
		cost := editDistance(low, other)
		within := max(1, len(low)/3)
		if cost > within && len(low) >= 3 && (strings.Contains(other, low) || strings.Contains(low, other)) {
			cost = within
		}
		if cost <= within {
			close = append(close, scored{h, cost})
		}
	}
	sort.SliceStable(close, func(i, j int) bool { return close[i].cost < close[j].cost })
	var out []string
	for i := 0; i < len(close) && i < 3; i++ {
		out = append(out, fmt.Sprintf("%q", close[i].name))
	}
	return out
}

// editDistance counts insertions, deletions, substitutions and swaps of neighbours.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	two := make([]int, len(y)+1)
	prev := make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			sub := prev[j-1]
			if x[i-1] != y[j-1] {
				sub++
			}
			row[j] = min(sub, prev[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, prev, row = prev, row, two
	}
	return prev[len(y)]
}
