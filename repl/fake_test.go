package repl

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// script is an engine for a tiny language, so that these tests are about the REPL: statements in
// lines; "print x" prints, a number or a quoted string is a value, "bad" does not compile, "panic"
// panics, "loop" waits for an interrupt, "show x" displays, "live" displays in place, "picture"
// displays one. Input is
// complete when its braces are.
type script struct{ vars map[string]string }

func newScript(engine.Config) (engine.Engine, error) { return &script{vars: map[string]string{}}, nil }

func (s *script) Execute(ctx context.Context, cell engine.Cell) (res engine.Result, err error) {
	lines := strings.Split(strings.TrimRight(cell.Source, "\n"), "\n")
	name := cell.Label()
	for i, line := range lines {
		if strings.TrimSpace(line) == "bad" {
			return res, &engine.CompileError{Diagnostics: []engine.Diagnostic{{Cell: name, Line: i + 1, Column: 1, End: 4, Text: line, Message: "undefined: bad"}}}
		}
	}
	for i, line := range lines {
		res = engine.Result{}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "{", "}", "//", "var", "package", "///usr/bin/env":
		case "print":
			fmt.Fprintln(os.Stdout, rest)
		case "arguments":
			fmt.Println(os.Args[1:])
		case "show":
			display.DisplayID("", display.Any("text/plain", rest))
		case "picture":
			img := image.NewNRGBA(image.Rect(0, 0, 40, 20))
			for x := range 40 {
				img.Set(x, x/2, color.NRGBA{200, 0, 0, 255})
			}
			display.Display(img)
		case "live":
			for n := range 3 {
				display.DisplayID("x", display.Any("text/plain", fmt.Sprint("step ", n)))
			}
		case "steps":
			display.DisplayID("y", display.Any("text/plain", "step 0"))
			display.UpdateDisplay("y", display.Any("text/plain", "step 1"))
			fmt.Println("printed")
			display.UpdateDisplay("y", display.Any("text/plain", "step 2"))
			fmt.Println("end")
		case "set":
			name, value, _ := strings.Cut(rest, " ")
			s.vars[name] = value
		case "exit":
			n, _ := strconv.Atoi(rest)
			return res, exited(n)
		case "panic":
			return res, &engine.PanicError{Value: rest, Frames: []engine.Frame{{Function: "f", Cell: name, Line: i + 1}}}
		case "loop":
			fmt.Fprintln(os.Stdout, "looping")
			<-ctx.Done()
			return res, engine.ErrInterrupted
		default:
			v, err := s.value(word)
			if err != nil {
				return res, &engine.CompileError{Diagnostics: []engine.Diagnostic{{Cell: name, Line: i + 1, Column: 1, Text: line, Message: err.Error()}}}
			}
			res.Values = []engine.Value{{Reflect: reflect.ValueOf(v), Type: fmt.Sprintf("%T", v)}}
		}
	}
	return res, nil
}

// exited is the error of a cell that calls os.Exit.
type exited int

func (e exited) Error() string { return fmt.Sprint("exit ", int(e)) }
func (e exited) ExitCode() int { return int(e) }

func (s *script) value(word string) (any, error) {
	if v, ok := s.vars[word]; ok {
		return s.value(v)
	}
	if n, err := strconv.Atoi(word); err == nil {
		return n, nil
	}
	if t, err := strconv.Unquote(word); err == nil {
		return t, nil
	}
	return nil, errors.New("undefined: " + word)
}

func (s *script) IsComplete(source string) (engine.Completeness, string) {
	if strings.Count(source, "{") > strings.Count(source, "}") {
		return engine.Incomplete, "\t"
	}
	return engine.Complete, ""
}

func (s *script) Complete(source string, cursor int) engine.Completions {
	start := strings.LastIndexAny(source[:cursor], " \n(") + 1
	out := engine.Completions{Start: start, End: cursor}
	for _, word := range []string{"print", "println"} {
		if strings.HasPrefix(word, source[start:cursor]) {
			out.Items = append(out.Items, engine.Completion{Text: word, Kind: "function", Signature: "func(text string)"})
		}
	}
	return out
}

func (s *script) Inspect(source string, _, _ int) (engine.Inspection, bool) {
	return engine.Inspection{Signature: "func print(text string)", Doc: "print prints."}, source == "print"
}

func (s *script) Variables() []engine.Variable {
	var out []engine.Variable
	for name := range s.vars {
		out = append(out, engine.Variable{Name: name, Type: "int"})
	}
	return out
}

func (s *script) Code() engine.Code { return nil }
func (s *script) Close() error      { return nil }
