package repl

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

// importsAny says whether a file imports one of the packages.
func importsAny(source []byte, packages []engine.Package) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly)
	if err != nil {
		return false
	}
	for _, im := range f.Imports {
		path, _ := strconv.Unquote(im.Path.Value)
		if slices.ContainsFunc(packages, func(p engine.Package) bool { return p.Path == path || p.Short == path }) {
			return true
		}
	}
	return false
}

// programInSession runs a program as two cells: its declarations, and a call of main.
func programInSession(ctx context.Context, opts Options, path string, source []byte, args []string) error {
	newEngine := opts.NewEngine
	opts.NewEngine = func(c engine.Config) (engine.Engine, error) {
		c.Uncaught = func(_ engine.Cell, err *engine.PanicError) { // as in a program, it is the end
			name(err, path)
			fmt.Fprint(opts.Err, lineBreak(goPanic(err)))
			os.Exit(exitPanic)
		}
		return newEngine(c)
	}
	defer func(old []string) { os.Args = old }(os.Args)
	os.Args = append([]string{path}, args...)
	s, err := newShell(ctx, opts)
	if err != nil {
		return err
	}
	cell, stop := s.interrupts.cell(ctx)
	defer stop()
	var out session.Outcome
	for i, text := range []string{withoutPackage(source), "main()"} {
		if out = s.brain.execute(cell, engine.Cell{Number: i + 1, Source: text}); out.Err != nil {
			break
		}
	}
	name(out.Err, path)
	return errors.Join(out.Err, s.close())
}

// withoutPackage blanks the package clause; every other line stays where it is.
func withoutPackage(source []byte) string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", source, parser.PackageClauseOnly)
	if err != nil {
		return string(source)
	}
	text := slices.Clone(source)
	for i := fset.Position(f.Package).Offset; i < fset.Position(f.Name.End()).Offset; i++ {
		if text[i] != '\n' {
			text[i] = ' '
		}
	}
	return string(text)
}

// name puts the name of the file in the place of the first cell's, and leaves out the second cell,
// which is ours.
func name(err error, path string) {
	var compile *engine.CompileError
	if errors.As(err, &compile) {
		for i := range compile.Diagnostics {
			if compile.Diagnostics[i].Cell == "In[1]" {
				compile.Diagnostics[i].Cell = path
			}
			compile.Diagnostics[i].Hint = strings.ReplaceAll(compile.Diagnostics[i].Hint, "In[1] line", path+" line")
		}
	}
	var panicked *engine.PanicError
	if errors.As(err, &panicked) {
		panicked.Frames = slices.DeleteFunc(panicked.Frames, func(f engine.Frame) bool { return f.Cell == "In[2]" })
		for i := range panicked.Frames {
			if panicked.Frames[i].Cell == "In[1]" {
				panicked.Frames[i].Cell = path
			}
		}
	}
}
