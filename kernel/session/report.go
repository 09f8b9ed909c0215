package session

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/goray/goray/kernel/engine"
)

// Report is an error as Jupyter wants it: a name, a value, and lines for people.
type Report struct {
	Name, Value string
	Traceback   []string
}

// Text is the traceback as one string.
func (r Report) Text() string { return strings.Join(r.Traceback, "\n") }

const maxDiagnostics = 10

// NewReport describes what went wrong in a cell, with ANSI colours if colour is true.
func NewReport(err error, colour bool) Report {
	p := paint(colour)
	var compile *engine.CompileError
	var panicked *engine.PanicError
	var failed *EngineError
	var died *SessionError
	var named interface{ ErrorName() string }
	switch {
	case errors.As(err, &compile):
		r := Report{Name: "CompileError", Value: compile.Error()}
		for i, d := range compile.Diagnostics {
			if i == maxDiagnostics {
				r.Traceback = append(r.Traceback, fmt.Sprintf("… and %d more", len(compile.Diagnostics)-i))
				break
			}
			r.Traceback = append(r.Traceback, diagnostic(p, d)...)
		}
		return r
	case errors.As(err, &panicked):
		text := panicked.Error()
		return Report{Name: "panic", Value: strings.TrimPrefix(text, "panic: "), Traceback: append([]string{p.red(text)}, frames(p, panicked.Frames)...)}
	case errors.Is(err, engine.ErrInterrupted):
		return Report{Name: "Interrupted", Value: say("the cell was interrupted"), Traceback: []string{p.red(say("the cell was interrupted"))}}
	case errors.As(err, &failed):
		return Report{Name: "EngineError", Value: failed.Error(), Traceback: append([]string{p.red(failed.Error())}, strings.Split(failed.Stack, "\n")...)}
	case errors.As(err, &died):
		r := Report{Name: died.ErrorName(), Value: died.Error(), Traceback: []string{p.red(died.Error())}}
		for _, line := range died.Dump {
			r.Traceback = append(r.Traceback, p.faint(line))
		}
		return r
	case errors.As(err, &named):
		text := translate(err.Error())
		return Report{Name: named.ErrorName(), Value: text, Traceback: []string{p.red(text)}}
	}
	t := reflect.TypeOf(err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" || name == "errorString" || name == "wrapError" || name == "joinError" {
		name = "error"
	}
	return Report{Name: name, Value: err.Error(), Traceback: []string{p.red(name+": ") + err.Error()}}
}

// diagnostic shows one complaint: place and message, the line, a caret, the hint.
func diagnostic(p paint, d engine.Diagnostic) []string {
	lines := []string{p.blue(fmt.Sprintf("%s:%d:%d", d.Cell, d.Line, d.Column)) + ": " + p.red(d.Message)}
	if d.Text != "" {
		number := fmt.Sprintf("%4d | ", d.Line)
		lines = append(lines, p.faint(number)+d.Text, p.faint("     | ")+caret(p, d))
	}
	if d.Hint != "" {
		lines = append(lines, "     "+p.green(translate(d.Hint)))
	}
	return lines
}

// caret is what goes under d.Text; tabs before it are kept, so that it lines up.
func caret(p paint, d engine.Diagnostic) string {
	at := min(max(d.Column-1, 0), len(d.Text))
	var indent strings.Builder
	for _, r := range d.Text[:at] {
		switch {
		case r == '\t':
			indent.WriteRune(r)
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			indent.WriteString("  ") // twice as wide
		default:
			indent.WriteByte(' ')
		}
	}
	width := 1
	if end := min(d.End-1, len(d.Text)); end > at {
		width = len([]rune(d.Text[at:end]))
	}
	return indent.String() + p.red("^"+strings.Repeat("~", width-1))
}

// minFold is how many equal frames, of a recursion, are told as a number.
const minFold = 3

// frames lists the cells' frames and folds what lies between them.
func frames(p paint, all []engine.Frame) []string {
	var lines []string
	for i := 0; i < len(all); i++ {
		f := all[i]
		if f.Cell != "" {
			same := i
			for i+1 < len(all) && all[i+1] == f {
				i++
			}
			if i-same < minFold {
				i = same
			}
			line := "    " + p.blue(fmt.Sprintf("%s:%d", f.Cell, f.Line))
			if name := functionName(f.Function); name != "" {
				line += "  " + name
			}
			if n := i - same; n > 0 {
				line += p.faint(fmt.Sprintf(" … and %d times more", n))
			}
			lines = append(lines, line)
			continue
		}
		start := i
		for i+1 < len(all) && all[i+1].Cell == "" {
			i++
		}
		line := "    " + f.Function
		if n := i - start; n > 0 {
			line += fmt.Sprintf(" … %d more of compiled Go", n)
		}
		lines = append(lines, p.faint(line))
	}
	return lines
}

// functionName hides the function that the front end puts around a cell's statements (its name
// begins with a letter that nobody types).
func functionName(name string) string {
	if !strings.HasPrefix(name, "ˑ") {
		return name
	}
	if _, literal, ok := strings.Cut(name, "$"); ok {
		return "func" + literal
	}
	return ""
}

// paint colours text for terminals and notebooks, if it is true.
type paint bool

func (p paint) ansi(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p paint) red(s string) string   { return p.ansi("31", s) }
func (p paint) green(s string) string { return p.ansi("32", s) }
func (p paint) blue(s string) string  { return p.ansi("34", s) }
func (p paint) faint(s string) string { return p.ansi("2", s) }
