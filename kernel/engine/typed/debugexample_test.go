package typed_test

import (
	"context"
	"fmt"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
)

// A cell stops at its second line; the client looks at a variable, changes it, and lets it go on.
func ExampleSession_Debug() {
	eng, err := typed.New(engine.Config{})
	if err != nil {
		panic(err)
	}
	defer eng.Close()
	stops := make(chan engine.DebugEvent, 1)
	d, err := eng.(engine.Debugger).Debug(func(e engine.DebugEvent) { stops <- e })
	if err != nil {
		panic(err)
	}
	defer d.Close()
	d.SetBreakpoints("first", []engine.Breakpoint{{Line: 2}})
	done := make(chan engine.Result)
	go func() {
		res, _ := eng.Execute(context.Background(), engine.Cell{Number: 1, Path: "first", Source: "x := 40\ny := x + 2\ny"})
		done <- res
	}()
	stop := <-stops
	stack, _ := d.Stack(stop.Thread)
	fmt.Println(stop.Reason, "at line", stack[0].Place().Line)
	x, _ := d.Evaluate(context.Background(), stack[0], "x * 2")
	fmt.Println(x[0].Reflect)
	if _, err := d.Evaluate(context.Background(), stack[0], "x = 0"); err != nil {
		panic(err)
	}
	if err := d.Resume(stop.Thread, engine.Continue); err != nil {
		panic(err)
	}
	res := <-done
	fmt.Println(res.Values[0].Reflect)
	// Output:
	// breakpoint at line 2
	// 80
	// 2
}
