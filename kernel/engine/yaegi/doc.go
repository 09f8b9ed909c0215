// Package yaegi is the second engine behind the seam of kernel/engine: the yaegi interpreter, with
// kernel/lang in front of it for diagnostics, completion and inspection.
//
//	eng, err := yaegi.New(engine.Config{})
//	res, err := eng.Execute(ctx, engine.Cell{Number: 1, Source: "x := 40\nx + 2"})
//
// It exists for differential tests against kernel/engine/typed, and for whoever asks for it by
// name. It is a bridge to another project's interpreter, with that interpreter's limits:
//
//   - Named types of cells have no names and no methods at run time: fmt ignores their String
//     inside other values, errors.As panics, %T and type switches on them are wrong, unexported
//     fields show in JSON.
//   - A type that is declared again keeps its first meaning.
//   - Generic functions of the standard library and of our packages are missing, as is what came
//     after Go 1.22: range-over-func, iterators, min and max of some types.
//   - A function that is declared again does not change its older callers.
//   - Panics have no frames; a goroutine that panics ends the process, as do stack overflow and
//     concurrent map writes.
//   - Interrupts stop interpreted loops; a blocked compiled call is left behind.
//   - Code is nil: nothing can be shipped to another process.
//
// What it cannot do it says, as a compile error of the cell or as a panic that was contained.
package yaegi
