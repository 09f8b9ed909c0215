package core

// Value is a Go value at rest: its encoding, or the Failure that stands in its place.
type Value struct {
	Inline   []byte   // the encoded value
	Segments [][]byte // large parts kept out of line; read-only when they come from a backend
	Refs     []ID     // references nested in the value, pinned while the value exists
	Any      bool     // the encoding says the type; else the reader must know it
	// Python: the encoding is that of package python, for workers that are Python.
	Python  bool
	Failure *Failure
	// Hold keeps the memory of Segments alive; nil when it is ordinary Go memory.
	Hold any
}

// Size is the number of bytes that the encoded value takes.
func (v *Value) Size() int64 {
	n := int64(len(v.Inline))
	for _, s := range v.Segments {
		n += int64(len(s))
	}
	return n
}

// Arg is an argument of a task: a reference to be resolved before the task starts, or a value.
type Arg struct {
	Ref   ID // zero: Value counts
	Value Value
}
