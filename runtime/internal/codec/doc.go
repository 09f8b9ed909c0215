// Package codec turns Go values into bytes and back, for values that travel between processes that
// know the same Go types.
//
//	p, err := codec.Encode(reflect.ValueOf(order), &codec.Options{})
//	v, err := codec.Decode(p, reflect.TypeFor[Order](), &codec.Options{})
//
// Mental model:
//
//   - The encoding is type-directed and positional. Both sides know the static type, so nothing but
//     the content of interfaces names a type: by its place in the program, and for other builds of
//     it by its name and a check value over what it is made of.
//   - Fields are reached by address, so unexported fields travel like exported ones.
//   - Pointers, maps and slices of pointer-holding elements go through a table of what was already
//     written: sharing and cycles survive. So do pointers into slices, arrays and structs: what
//     is pointed into is written once, as a host, and the pointers are distances in it. Two slices
//     of one array stay slices of one array only where a pointer into it is among them.
//   - Memory without pointers ([]float64, []Point{X, Y float64}) is copied as it lies; when it is
//     large it leaves the stream and becomes a segment of the payload, aliasing the caller's memory.
//   - A type with MarshalObject/UnmarshalObject writes its own segments and reads them in place.
//   - A type of a struct with hidden state and its own binary (or gob) encoding uses that encoding.
//   - Errors always travel: as themselves where their type can, else as text with their chain.
//   - What has no value form (channels, functions, locks, files) is refused with the field's path.
//   - A coder is compiled once per type and cached.
package codec
