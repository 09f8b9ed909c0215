package session

import (
	"context"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goray/goray/kernel/engine"
)

// prelude are variables that every session has, made when a cell first mentions them: ctx, which
// ends when its cell is interrupted or the session ends, and gophernotes' Display. Whatever a cell
// declares under these names comes first.
var prelude = []struct{ name, declaration string }{
	{"ctx", "var ctx context.Context"},
	{"Display", "var Display = display.Display"},
}

// mentions reports whether source has name as an identifier of its own, roughly: in strings and
// comments too, which costs nothing but a variable.
func mentions(source, name string) bool {
	for at := 0; ; {
		i := strings.Index(source[at:], name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(source[:at+i])
		at += i + len(name)
		after, _ := utf8.DecodeRuneInString(source[at:])
		if before != '.' && !inName(before) && !inName(after) {
			return true
		}
	}
}

func inName(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// prepare makes what cell mentions of the prelude. It is no cell's: its number is 0. The function
// it returns is called when the cell has ended.
func (l *Local) prepare(ctx context.Context, source string) (ended func()) {
	eng := l.Engine()
	for _, p := range prelude {
		if !mentions(source, p.name) {
			continue
		}
		if _, known := eng.Inspect(p.name, len(p.name), 0); !known {
			guard(func() (engine.Result, error) { return eng.Execute(ctx, engine.Cell{Source: p.declaration}) })
		}
	}
	if !mentions(source, "ctx") {
		return func() {}
	}
	for _, v := range eng.Variables() {
		if v.Name == "ctx" && v.Cell == 0 && v.Value.CanSet() && v.Value.Type() == reflect.TypeFor[context.Context]() {
			// Goroutines may outlive their cell; an interrupt must not outlive it.
			own, cancel := context.WithCancel(l.ctx)
			v.Value.Set(reflect.ValueOf(own))
			stop := context.AfterFunc(ctx, cancel)
			return func() { stop() }
		}
	}
	return func() {}
}

// ofCells leaves out what the session itself declared: the prelude, and _exit.
func ofCells(all []engine.Variable) []engine.Variable {
	var cells []engine.Variable
	for _, v := range all {
		if v.Cell > 0 {
			cells = append(cells, v)
		}
	}
	return cells
}
