// Package engine is the seam between whoever has Go source to run (the Jupyter kernel, the REPL,
// "goray run") and whoever runs it.
//
// An [Engine] is a live session: it executes cells one after another and keeps their values. Two
// engines stand behind the seam: kernel/engine/typed (go/types, go/ssa, typed closures; the
// default) and kernel/engine/yaegi (the yaegi interpreter, for differential tests and for whoever
// asks for it).
//
//	eng, err := typed.New(engine.Config{})
//	res, err := eng.Execute(ctx, engine.Cell{Number: 1, Source: "x := 40\nx + 2"})
//	// res.Values[0].Reflect.Int() == 42, res.Values[0].Type == "int"
//
// Errors come in three kinds: [*CompileError] (nothing ran), [*PanicError] (user code panicked;
// what ran before it has happened) and [ErrInterrupted]. After any of them the session goes on.
package engine
