// Package marshal turns what users hand to ray (functions, values, errors) into the forms of
// package core that travel, and back.
//
//	f, err := marshal.Function(square)      // core.FuncRef: where the code is
//	v, err := marshal.Encode(reflect.ValueOf(42))
//	n, err := marshal.Decode(v, reflect.TypeFor[int]())
//
// Mental model:
//
//   - A compiled function is an address in the binary. The worker runs the same binary (its
//     hash says so), so the address relative to the binary's base is enough. A worker of another
//     build, such as one for another platform, finds it by the linker's name (Portable). A closure
//     that captured variables lives on the heap, not in the binary, and is refused with the fix.
//   - A function from a cell is source plus captured values; core.Code makes and reads it.
//   - A value is encoded by package codec under its own type; the type's key travels with it.
//   - An error is a tree of type, text and, where possible, the value itself; on the other side
//     errors.Is matches by type and text, errors.As finds real values.
package marshal
