package typed

import (
	"context"
	"os"
	"runtime/debug"

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
	if err := prepareProgram(ctx, lib, path, src); err != nil {
		return err
	}
	c, err := lib.CheckFile(path, src)
	if err != nil {
		return err
	}
	defer func(old []string) { os.Args = old }(os.Args)
	os.Args = append([]string{path}, args...)
	w.mu.Lock()
	sp := w.load(c.Pkg, c.Files, c.Info)
	w.mu.Unlock()
	r := newRun(engine.Cell{Source: path})
	r.program = ctx.Done() == nil
	r.uncaught = func(_ engine.Cell, err *engine.PanicError) { die(err) }
	return r.wait(ctx, func(g *gor) {
		w.home.call(g, sp.Func("init"))
		w.home.call(g, sp.Func("main"))
	})
}
