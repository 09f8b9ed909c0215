// Package typed is goray's own engine: cells and programs are checked by go/types, brought into
// SSA form by golang.org/x/tools/go/ssa, and compiled to typed Go closures over flat frames.
//
//	eng, err := typed.New(engine.Config{})
//	res, err := eng.Execute(ctx, engine.Cell{Number: 1, Source: "x := 40\nx + 2"})
//
// How it works, in a dozen lines:
//
//   - A frame is one heap object whose Go type lists every register, so the collector is exact and
//     registers have Go's own memory layout (frame.go).
//   - An instruction is a closure over register offsets, specialised by type (scalar.go, memory.go …);
//     values with one user are expressions of the instruction that uses them (fuse.go).
//   - A call finds the callee's frame behind its own, where the last call left it (callstack.go).
//   - Types of cells are run-time types with names and method sets, made by reflectx; a type that is
//     declared again without change stays the same type (rtype.go, namedtype.go, canonical.go).
//   - Compiled functions are called by the shape of their arguments, or by reflection (native.go);
//     func values and methods of cells are callable from compiled code (closure.go).
//   - A space is a set of global variables with the functions that use them; the session has one,
//     and every instance of imported code its own (world.go).
//   - Panics carry the interpreted frames with cell and line (trace.go); interrupts are polled at
//     calls and loops, and end blocking operations (gor.go, channel.go, blocking.go).
package typed
