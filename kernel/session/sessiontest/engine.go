package sessiontest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

// childArg is the only argument of a child.
const childArg = "sessiontest-child"

// Main is called first in TestMain: in the children that Start starts it serves and exits.
func Main() {
	if len(os.Args) != 2 || os.Args[1] != childArg {
		return
	}
	if err := session.Main(Config()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Config is a session with this engine.
func Config() session.Config {
	return session.Config{Engine: "test", Version: "0.1", NewEngine: func(engine.Config) (engine.Engine, error) {
		if os.Getenv("GORAY_TEST_BROKEN") != "" {
			return nil, errors.New("broken on purpose")
		}
		return &Engine{}, nil
	}}
}

// self is this test binary; cells may change os.Args.
var self = os.Args[0]

// Start starts this test binary as a child.
func Start() (*session.Process, error) { return session.Command(self, childArg)() }

// Engine runs the commands.
type Engine struct {
	mu        sync.Mutex
	variables []engine.Variable
}

var _ engine.Concurrent = (*Engine)(nil)

// Current knows nothing of goroutines: what cells print goes through the streams of the process.
func (e *Engine) Current() (engine.Cell, bool) { return engine.Cell{}, false }

// Execute runs one cell.
func (e *Engine) Execute(ctx context.Context, cell engine.Cell) (res engine.Result, err error) {
	for i, line := range strings.Split(cell.Source, "\n") {
		command, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := e.command(ctx, cell, i+1, command, rest, &res); err != nil {
			return engine.Result{}, err
		}
	}
	return res, nil
}

func (e *Engine) command(ctx context.Context, cell engine.Cell, line int, command, rest string, res *engine.Result) error {
	name := cell.Label()
	switch command {
	case "print":
		fmt.Println(rest)
	case "eprint":
		fmt.Fprintln(os.Stderr, rest)
	case "value":
		n, _ := strconv.Atoi(rest)
		res.Values = []engine.Value{{Reflect: reflect.ValueOf(n), Type: "int"}}
	case "string":
		res.Values = []engine.Value{{Reflect: reflect.ValueOf(rest), Type: "string"}}
	case "fault":
		res.Values = []engine.Value{{Reflect: reflect.ValueOf(errors.New(rest)), Type: "error"}}
	case "set":
		e.mu.Lock()
		defer e.mu.Unlock()
		e.variables = append(e.variables, engine.Variable{Name: rest, Type: "int", Cell: cell.Number})
	case "fail":
		return &engine.CompileError{Diagnostics: []engine.Diagnostic{{Cell: name, Line: line, Column: 1, End: 5, Text: "fail", Message: "undefined: fail", Hint: "did you mean fill?"}}}
	case "panic":
		return &engine.PanicError{Value: rest, Frames: []engine.Frame{{Function: "strings.Repeat"}, {Function: "main.f", Cell: name, Line: line}}}
	case "block":
		<-ctx.Done()
		return engine.ErrInterrupted
	case "stubborn":
		<-make(chan int)
	case "exit":
		code, _ := strconv.Atoi(rest)
		os.Exit(code)
	case "fatal":
		var mu sync.Mutex
		mu.Unlock() // not locked: a fatal error
	case "scan":
		return scan(ctx)
	case "input":
		text, err := display.Input(rest, false)
		if err != nil {
			return err
		}
		fmt.Println(text)
	case "display":
		display.Display(display.Markdown(rest))
	case "named", "update":
		id, text, _ := strings.Cut(rest, " ")
		show := map[string]func(string, any){"named": display.DisplayID, "update": display.UpdateDisplay}[command]
		show(id, display.HTML(text))
	case "clear":
		display.ClearOutput(rest == "wait")
	case "burst":
		n, _ := strconv.Atoi(rest)
		for i := range n {
			fmt.Printf("line %d\n", i)
		}
	case "raw":
		b, _ := hex.DecodeString(rest)
		for _, c := range b {
			os.Stdout.Write([]byte{c})
		}
	case "explode":
		panic("in the engine")
	}
	return nil
}

// scan leaves a read behind when it is interrupted, as an engine has to.
func scan(ctx context.Context) error {
	type answer struct {
		word string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		var a answer
		_, a.err = fmt.Scan(&a.word)
		got <- a
	}()
	select {
	case a := <-got:
		if a.err != nil {
			fmt.Println("scan:", a.err)
			return nil
		}
		fmt.Println("scanned", a.word)
		return nil
	case <-ctx.Done():
		time.Sleep(time.Millisecond)
		return engine.ErrInterrupted
	}
}

// Complete offers two variables.
func (e *Engine) Complete(source string, cursor int) engine.Completions {
	start := strings.LastIndexAny(source[:cursor], " \n") + 1
	return engine.Completions{Start: start, End: cursor, Items: []engine.Completion{
		{Text: source[start:cursor] + "One", Kind: "variable", Signature: "int"}, {Text: source[start:cursor] + "Two", Kind: "function"},
	}}
}

// Inspect knows "value".
func (e *Engine) Inspect(source string, cursor, detail int) (engine.Inspection, bool) {
	in := engine.Inspection{Signature: "func value(n int) <int>", Doc: "value is a result.", Package: "sessiontest"}
	if detail > 0 {
		in.Source = "func value(n int) <int> {}"
	}
	return in, strings.Contains(source, "value")
}

// IsComplete wants braces closed.
func (e *Engine) IsComplete(source string) (engine.Completeness, string) {
	switch d := strings.Count(source, "{") - strings.Count(source, "}"); {
	case d > 0:
		return engine.Incomplete, strings.Repeat("\t", d)
	case d < 0:
		return engine.Invalid, ""
	}
	return engine.Complete, ""
}

// Variables lists what set made.
func (e *Engine) Variables() []engine.Variable {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]engine.Variable(nil), e.variables...)
}

// Code is not there.
func (e *Engine) Code() engine.Code { return nil }

// Close does nothing.
func (e *Engine) Close() error { return nil }
