package typed

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/types"
	"os"
	"runtime/debug"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// maxStack is the limit of one goroutine's stack in a process that interprets: maxDepth calls of
// interpreted code, which raise an error that can be recovered, stay below it.
const maxStack = 4 << 30

// RunFile runs a Go program: one file of package main. It returns when main does. The program sees
// path and args as os.Args, and ends the process where a compiled program would: in os.Exit, and
// when a goroutine other than main's panics. A panic of main is returned as *engine.PanicError, a
// program that does not compile as *engine.CompileError. When ctx ends, the program is stopped and
// RunFile returns engine.ErrInterrupted.
func RunFile(ctx context.Context, cfg engine.Config, path string, args ...string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lib, err := lang.NewPackages(cfg.Packages)
	if err != nil {
		return err
	}
	debug.SetMaxStack(maxStack)
	w := newWorld(lib.Fset(), lib)
	w.program = true
	f, p, info, err := checkProgram(lib, path, src)
	if err != nil {
		return err
	}
	defer func(old []string) { os.Args = old }(os.Args)
	os.Args = append([]string{path}, args...)
	w.mu.Lock()
	sp := w.load(p, []*ast.File{f}, info)
	w.mu.Unlock()
	r := newRun(engine.Cell{Source: path})
	r.program = ctx.Done() == nil
	r.uncaught = func(_ engine.Cell, err *engine.PanicError) { die(err) }
	return r.wait(ctx, func(g *gor) {
		w.home.call(g, sp.Func("init"))
		w.home.call(g, sp.Func("main"))
	})
}

// checkProgram parses and checks the file of a program.
func checkProgram(lib *lang.Packages, path string, src []byte) (*ast.File, *types.Package, *types.Info, error) {
	var list []engine.Diagnostic
	lines := strings.Split(string(src), "\n")
	add := func(line, col int, msg string) {
		d := engine.Diagnostic{Cell: path, Line: line, Column: col, Message: msg}
		if line > 0 && line <= len(lines) {
			d.Text = lines[line-1]
		}
		list = append(list, d)
	}
	f, err := parser.ParseFile(lib.Fset(), path, src, parser.SkipObjectResolution)
	if err != nil {
		var el scanner.ErrorList
		if !errors.As(err, &el) {
			return nil, nil, nil, err
		}
		for _, e := range el {
			add(e.Pos.Line, e.Pos.Column, e.Msg)
		}
		return nil, nil, nil, &engine.CompileError{Diagnostics: list}
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, FileVersions: map[*ast.File]string{}}
	conf := types.Config{Importer: lib, Sizes: lib.Sizes(), Error: func(err error) {
		var te types.Error
		if errors.As(err, &te) {
			pos := te.Fset.Position(te.Pos)
			add(pos.Line, pos.Column, te.Msg)
		}
	}}
	p, err := conf.Check("main", lib.Fset(), []*ast.File{f}, info)
	if len(list) > 0 {
		return nil, nil, nil, &engine.CompileError{Diagnostics: list}
	}
	if err == nil && p.Scope().Lookup("main") == nil {
		err = fmt.Errorf("%s has no func main; write one, or run it as a cell", path)
	}
	return f, p, info, err
}
