package typed

import (
	"fmt"
	"os"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// start is the body of every goroutine that interpreted code starts.
func (g *gor) start(call func(by *frame)) {
	r := g.run
	defer r.leave()
	defer g.leaveThread()
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err := g.panicError(p)
		switch {
		case err == nil: // interrupted, or os.Exit in a cell, which ends this goroutine only
		case r.program:
			die(err)
		case r.uncaught != nil:
			r.uncaught(r.cell, err)
		}
	}()
	call(nil)
}

// panicError describes a panic that reached the top of a goroutine; nil for an interrupt.
func (g *gor) panicError(p any) *engine.PanicError {
	rec := g.caught(p)
	if rec.interrupt {
		return nil
	}
	return &engine.PanicError{Value: p, Frames: rec.frames}
}

// die ends a program as an uncaught panic ends a compiled one.
func die(err *engine.PanicError) {
	fmt.Fprint(os.Stderr, FormatPanic(err))
	os.Exit(2)
}

// FormatPanic writes a panic the way a compiled program prints it before it exits.
func FormatPanic(err *engine.PanicError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\ngoroutine [running]:\n", err.Error())
	for _, f := range err.Frames {
		fmt.Fprintf(&b, "%s(...)\n\t%s:%d\n", f.Function, f.Cell, f.Line)
	}
	return b.String()
}
