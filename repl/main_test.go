package repl

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain is also the program that the tests run in a process of its own.
func TestMain(m *testing.M) {
	if mode := os.Getenv("GORAY_REPL_CHILD"); mode != "" {
		os.Exit(child(mode))
	}
	goleak.VerifyTestMain(m)
}

func child(mode string) int {
	opts := Options{NewEngine: newScript, Engine: "script", Version: "test", RunProgram: fakeProgram}
	switch mode {
	case "session":
		if err := session.Main(session.Config{NewEngine: newScript}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	case "run":
		return RunFile(context.Background(), opts, os.Getenv("GORAY_REPL_FILE"), []string{"a", "b"})
	}
	return Main(context.Background(), opts)
}

func fakeProgram(_ context.Context, _ engine.Config, path string, args ...string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Println("program of", len(source), "bytes with", args)
	switch {
	case string(source) == "package main // panics\n":
		return &engine.PanicError{Value: "boom", Frames: []engine.Frame{{Function: "main.main", Cell: "x.go", Line: 3}}}
	case string(source) == "package main // wrong\n":
		return &engine.CompileError{Diagnostics: []engine.Diagnostic{{Cell: "x.go", Line: 1, Column: 1, Text: "package main", Message: "wrong", Hint: "mend it"}}}
	}
	return nil
}
