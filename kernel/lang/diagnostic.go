package lang

import (
	"cmp"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// maxDiagnostics bounds what one cell reports.
const maxDiagnostics = 10

// source is the text of a cell or file, and what was found wrong with it.
type source struct {
	name  string // "In[3]"
	text  string
	lines []int // offsets of line starts
	diags []engine.Diagnostic
}

func newSource(name, text string) *source {
	c := &source{name: name, text: text, lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			c.lines = append(c.lines, i+1)
		}
	}
	return c
}

// lineColumn turns an offset into a line and a column, both from 1.
func (c *source) lineColumn(offset int) (line, column int) {
	i, found := slices.BinarySearch(c.lines, offset)
	if !found {
		i--
	}
	return i + 1, offset - c.lines[i] + 1
}

func (c *source) line(n int) string {
	if n < 1 || n > len(c.lines) {
		return ""
	}
	end := len(c.text)
	if n < len(c.lines) {
		end = c.lines[n] - 1
	}
	return strings.TrimSuffix(c.text[c.lines[n-1]:end], "\r")
}

func (c *source) report(start, end int, message, hint string) {
	line, column := c.lineColumn(min(start, len(c.text)))
	d := engine.Diagnostic{Cell: c.name, Line: line, Column: column, Text: c.line(line), Message: message, Hint: hint}
	if end > start && c.lines[line-1]+len(d.Text) >= end {
		d.End = column + end - start
	}
	c.diags = append(c.diags, d)
}

// at reports an error at a position that the file set knows.
func (c *source) at(p token.Position, message, hint string) {
	switch {
	case p.Filename != c.name && p.Filename != "": // what the cell repeats of an earlier one
		message = fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, message)
		p = token.Position{Filename: c.name, Line: 1, Column: 1}
	case p.Filename != c.name || p.Line < 1:
		p = token.Position{Filename: c.name, Line: 1, Column: 1}
	case p.Line > len(c.lines): // what stands around the cell
		text := strings.TrimRight(c.text, " \t\r\n")
		p.Line, p.Column = c.lineColumn(len(text))
		message = strings.NewReplacer("found '}'", "found the end of the cell", "found 'EOF'", "found the end of the cell").Replace(message)
	}
	line := c.line(p.Line)
	p.Column = max(1, min(p.Column, len(line)+1))
	end := 0
	if n := wordLength(line[p.Column-1:]); n > 0 {
		end = p.Column + n
	}
	c.diags = append(c.diags, engine.Diagnostic{Cell: c.name, Line: p.Line, Column: p.Column, End: end, Text: line, Message: message, Hint: hint})
}

// wordLength is the length of the identifier, selector or number at the start of s; 1 for anything
// else, 0 at the end of a line.
func wordLength(s string) int {
	if s != "" && s[0] == '"' {
		return strings.IndexByte(s[1:], '"') + 2
	}
	for i, r := range s {
		if r != '_' && r != '.' && r < 0x80 && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return max(i, 1)
		}
	}
	return len(s)
}

// syntaxErrors reports what the parser said.
func (c *source) syntaxErrors(err error) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		if err != nil {
			c.at(token.Position{}, err.Error(), "")
		}
		return
	}
	for _, e := range list {
		c.at(e.Pos, "syntax error: "+e.Msg, syntaxHint(e.Msg))
	}
}

func syntaxHint(msg string) string {
	switch {
	case strings.Contains(msg, "string literal not terminated"):
		return "close it with the quote that opened it"
	case strings.Contains(msg, "missing import path"):
		return `write the path in quotes: import "fmt"`
	case strings.Contains(msg, "found ':='"):
		return ":= declares variables; it cannot be used here"
	}
	return ""
}

// err is what was reported, in source order, one complaint per line; nil without any.
func (c *source) err() error {
	if len(c.diags) == 0 {
		return nil
	}
	slices.SortStableFunc(c.diags, func(a, b engine.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	l := slices.CompactFunc(c.diags, func(a, b engine.Diagnostic) bool { return a.Line == b.Line })
	if len(l) > maxDiagnostics {
		l = l[:maxDiagnostics]
	}
	return &engine.CompileError{Diagnostics: slices.Clone(l)}
}

// ours matches what the front end adds to names, and the call it puts around a last expression.
var ours = regexp.MustCompile(`( in argument to ˑshow|ˑ\d*|\bmain\.)`)

// legal says whether a complaint of go/types is about something that a session allows.
func legal(e types.Error) bool {
	return strings.HasPrefix(e.Msg, "declared and not used") ||
		strings.HasSuffix(e.Msg, "and not used") && e.Soft && strings.Contains(e.Msg, "imported") ||
		isCycle(e)
}

// isCycle: the checker takes every variable for one that is initialised as a file's are.
func isCycle(e types.Error) bool { return strings.HasPrefix(e.Msg, "initialization cycle") }

// typeError reports a complaint of go/types.
func (c *source) typeError(e types.Error, hint string) {
	hint = outPattern.ReplaceAllString(hint, outName+"[$1]")
	msg := ours.ReplaceAllString(outPattern.ReplaceAllString(e.Msg, outName+"[$1]"), "")
	if more, ok := strings.CutPrefix(msg, "\t"); ok { // belongs to the one before it
		if n := len(c.diags); n > 0 && c.diags[n-1].Hint == "" {
			p := e.Fset.Position(e.Pos)
			if p.IsValid() && p.Filename != "" {
				more = fmt.Sprintf("%s, %s line %d", more, p.Filename, p.Line)
			}
			c.diags[n-1].Hint = more
		}
		return
	}
	if first, rest, ok := strings.Cut(msg, "\n"); ok {
		msg = first
		if rest = strings.TrimSpace(strings.ReplaceAll(rest, "\n\t", "; ")); hint == "" {
			hint = rest
		} else {
			hint = rest + "; " + hint
		}
	}
	c.at(e.Fset.Position(e.Pos), msg, hint)
}
