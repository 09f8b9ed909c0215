package repl

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"

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
			withoutCaller(err)
			fmt.Fprint(opts.Err, lineBreak(goPanic(err)))
			os.Exit(exitPanic)
		}
		return newEngine(c)
	}
	defer asProgram(path, args)()
	s, err := newShell(ctx, opts)
	if err != nil {
		return err
	}
	cell, stop := s.interrupts.cell(ctx)
	defer stop()
	var out session.Outcome
	for i, text := range []string{asCell(source), "main()"} {
		if i == 1 { // a session forgives wrong flags, a program does not
			flag.CommandLine.Init(path, flag.ExitOnError)
		}
		if out = s.brain.execute(cell, engine.Cell{Number: i + 1, Name: filepath.Clean(path), Source: text}); out.Err != nil {
			break
		}
	}
	var panicked *engine.PanicError
	if errors.As(out.Err, &panicked) {
		withoutCaller(panicked)
	}
	return errors.Join(out.Err, s.close())
}

// asProgram gives the process the arguments of a program, and none but its own flags, until restore.
func asProgram(path string, args []string) (restore func()) {
	oldArgs, oldFlags := os.Args, flag.CommandLine
	os.Args = append([]string{path}, args...)
	flag.CommandLine = flag.NewFlagSet(path, flag.ExitOnError)
	return func() { os.Args, flag.CommandLine = oldArgs, oldFlags }
}

// asCell ends the package clause with a semicolon. A session takes the clause away from cells that
// are pasted from files, and runs their main, but not with a semicolon: then the variables are
// initialised in Go's order, and main is ours to call.
func asCell(source []byte) string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", source, parser.PackageClauseOnly)
	if err != nil {
		return string(source)
	}
	return string(slices.Insert(slices.Clone(source), fset.PositionFor(f.Name.End(), false).Offset, ';'))
}

// withoutCaller leaves out the statement of the cell that calls main: it is not in the file.
func withoutCaller(p *engine.PanicError) {
	p.Frames = slices.DeleteFunc(p.Frames, func(f engine.Frame) bool { return f.Function == "cell" && f.Line == 1 })
}
