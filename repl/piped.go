package repl

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// piped runs the cells of in up to the first error. Cells are what a person would have typed:
// input is cut where it is complete, but for declarations, which stay together. A whole program
// ("package main") is run as one.
func (s *shell) piped(in io.Reader) int {
	source, err := io.ReadAll(in)
	if err != nil {
		fmt.Fprintln(s.opts.Err, "repl: standard input cannot be read:", err)
		return exitError
	}
	source, _ = withoutInterpreter(source)
	if isProgram(source) {
		return s.pipedProgram(source)
	}
	ready := func(cell string) bool { return complete(s.brain.isComplete, cell, false) }
	cells := groupReader{in: newPlainReader(bytes.NewReader(source), ready)}
	for s.ctx.Err() == nil {
		cell, err := cells.read(s.brain.number(s.number))
		if err != nil {
			return exitOK // the input has ended
		}
		if trimmed := strings.TrimSpace(cell); strings.HasPrefix(trimmed, ":") {
			leave, err := s.command(trimmed)
			if err != nil {
				fmt.Fprintln(s.opts.Err, err)
				return exitError
			}
			if leave {
				return exitOK
			}
		} else if !s.run(cell) {
			return s.status()
		}
		if s.err != nil { // of a cell that a command ran
			return s.status()
		}
	}
	return exitInterrupted
}

// status is the exit status for the last cell's error.
func (s *shell) status() int {
	switch {
	case s.exit != nil:
		return *s.exit
	case errors.Is(s.err, engine.ErrInterrupted):
		return exitInterrupted
	}
	return exitError
}

// isProgram says whether source has a package clause: then it is a file, not cells.
func isProgram(source []byte) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", source, parser.PackageClauseOnly)
	return f != nil && err == nil && f.Name != nil
}

// pipedProgram runs a program from standard input, by way of a file: positions in errors need one.
func (s *shell) pipedProgram(source []byte) int {
	f, err := os.CreateTemp("", "goray-*.go")
	if err != nil {
		fmt.Fprintln(s.opts.Err, err)
		return exitError
	}
	defer os.Remove(f.Name())
	_, err = f.Write(source)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		fmt.Fprintln(s.opts.Err, err)
		return exitError
	}
	return runProgram(s.ctx, s.opts, f.Name(), source, false, nil)
}
