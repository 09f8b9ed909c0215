package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

// RunFile runs a file and returns the exit status: a file of package main as the program that it
// is, anything else as a script of cells, cut at lines that begin with "// %%", up to the first
// error. Both have args as their arguments, and may begin with a line such as
//
//	#!/usr/bin/env -S goray run
func RunFile(ctx context.Context, opts Options, path string, args []string) int {
	opts.fill()
	source, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintf(opts.Err, "goray run: %v\n", err)
		return exitError
	}
	source, interpreter := withoutInterpreter(source)
	if isProgram(source) {
		return runProgram(ctx, opts, path, source, interpreter, args)
	}
	defer asProgram(path, args)()
	s, err := newShell(ctx, opts)
	if err != nil {
		fmt.Fprintln(opts.Err, err)
		return exitError
	}
	s.path = filepath.Clean(path)
	status := exitOK
	for _, cell := range splitScript(string(source)) {
		if !s.run(cell) {
			status = s.status()
			break
		}
	}
	if err := s.close(); err != nil {
		fmt.Fprintln(opts.Err, err)
		return max(status, exitError)
	}
	return status
}

// withoutInterpreter makes a comment of a first line that names the interpreter.
func withoutInterpreter(source []byte) (text []byte, had bool) {
	if rest, ok := bytes.CutPrefix(source, []byte("#!")); ok {
		return append([]byte("//"), rest...), true
	}
	return source, false
}

// runProgram runs a program in the engine. One that uses the packages of a plugin runs in a session,
// since the plugin has to be there: for Ray, functions have to find their way into workers. So does
// one that is not in its file as Go has it.
func runProgram(ctx context.Context, opts Options, path string, source []byte, changed bool, args []string) int {
	cfg := engine.Config{}
	for _, p := range opts.Plugins {
		cfg.Packages = append(cfg.Packages, p.Packages()...)
	}
	var err error
	switch {
	case changed || importsAny(source, cfg.Packages):
		err = programInSession(ctx, opts, path, source, args)
	case opts.RunProgram == nil:
		fmt.Fprintf(opts.Err, "goray run: %s is a program, and this engine runs only cells; remove the package clause, or use the default engine\n", path)
		return exitError
	default:
		defer asProgram(path, args)()
		err = opts.RunProgram(ctx, cfg, path, args...)
	}
	var panicked *engine.PanicError
	var exit interface{ ExitCode() int }
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.ExitCode()
	case errors.As(err, &panicked):
		fmt.Fprint(opts.Err, lineBreak(goPanic(panicked)))
		return exitPanic
	case errors.Is(err, engine.ErrInterrupted):
		return exitInterrupted
	}
	term := lookAround(opts.In, opts.Err, opts.Getenv)
	fmt.Fprint(opts.Err, lineBreak(session.NewReport(err, term.color).Text()))
	return exitError
}

// goPanic is a panic as a Go program prints it.
func goPanic(p *engine.PanicError) string {
	var b strings.Builder
	b.WriteString(p.Error() + "\n\ngoroutine 1 [running]:\n")
	for _, f := range p.Frames {
		fmt.Fprintf(&b, "%s(...)\n", f.Function)
		if f.Cell != "" {
			fmt.Fprintf(&b, "\t%s:%d\n", f.Cell, f.Line)
		}
	}
	return b.String()
}

// splitScript cuts a script into cells at lines that begin with "// %%"; a script without them is
// one cell. Empty cells are left out. A cell begins with as many empty lines as the script has
// above it, so that errors have the lines of the file.
func splitScript(source string) []string {
	var cells []string
	var cell strings.Builder
	above := 0
	flush := func(line int) {
		if strings.TrimSpace(cell.String()) != "" {
			cells = append(cells, strings.Repeat("\n", above)+cell.String())
		}
		cell.Reset()
		above = line
	}
	n := 0
	for line := range strings.Lines(source) {
		n++
		if strings.HasPrefix(line, "// %%") {
			flush(n)
			continue
		}
		cell.WriteString(line)
	}
	flush(n)
	return cells
}
