package repl

import (
	"context"
	"io"
	"os"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// Options say what a REPL is made of. NewEngine, or Existing, is required; everything else has a
// default.
type Options struct {
	NewEngine func(engine.Config) (engine.Engine, error)
	Engine    string // its name, for %about
	Version   string // of the program, for the greeting and %about
	Plugins   []plugin.Plugin

	// Existing is the connection file of a running kernel to attach to; its session takes the place
	// of NewEngine and Plugins, and goes on when the REPL ends.
	Existing string

	// RunProgram runs a file of package main, as typed.RunFile does. Without it, RunFile refuses
	// programs.
	RunProgram func(ctx context.Context, cfg engine.Config, path string, args ...string) error

	// SetColumns, if not nil, is told the width of the terminal before each cell.
	SetColumns func(columns int)

	// History is the file of earlier input; "" means goray/history in the user's state directory,
	// "-" none.
	History string

	In       io.Reader // nil means os.Stdin
	Out, Err io.Writer // nil means os.Stdout and os.Stderr; what cells print goes to the process's own

	// Getenv reads the environment; nil means os.Getenv.
	Getenv func(string) string
}

func (o *Options) fill() {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
}

// Exit statuses.
const (
	exitOK          = 0
	exitError       = 1
	exitPanic       = 2 // as a Go program that panics
	exitInterrupted = 130
)
