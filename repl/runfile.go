package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

// RunFile runs a file and returns the exit status: a file of package main as the program that it
// is, with args as its arguments; anything else as a script of cells, cut at lines that begin with
// "// %%", up to the first error.
func RunFile(ctx context.Context, opts Options, path string, args []string) int {
	opts.fill()
	source, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintf(opts.Err, "goray run: %v\n", err)
		return exitError
	}
	if isProgram(source) {
		return runProgram(ctx, opts, path, args)
	}
	s, err := newShell(ctx, opts)
	if err != nil {
		fmt.Fprintln(opts.Err, err)
		return exitError
	}
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

// runProgram runs a program in the engine. One that uses the packages of a plugin runs in a session,
// since the plugin has to be there: for Ray, functions have to find their way into workers.
func runProgram(ctx context.Context, opts Options, path string, args []string) int {
	source, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintf(opts.Err, "goray run: %v\n", err)
		return exitError
	}
	cfg := engine.Config{}
	for _, p := range opts.Plugins {
		cfg.Packages = append(cfg.Packages, p.Packages()...)
	}
	switch {
	case importsAny(source, cfg.Packages):
		err = programInSession(ctx, opts, path, source, args)
	case opts.RunProgram == nil:
		fmt.Fprintf(opts.Err, "goray run: %s is a program, and this engine runs only cells; remove the package clause, or use the default engine\n", path)
		return exitError
	default:
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
// one cell. Empty cells are left out.
func splitScript(source string) []string {
	var cells []string
	var cell strings.Builder
	flush := func() {
		if strings.TrimSpace(cell.String()) != "" {
			cells = append(cells, cell.String())
		}
		cell.Reset()
	}
	for line := range strings.Lines(source) {
		if strings.HasPrefix(line, "// %%") {
			flush()
			continue
		}
		cell.WriteString(line)
	}
	flush()
	return cells
}
