package core

// Value is a Go value at rest. Exactly one of the following holds: Failure is set, Live is set
// (in-process backend without encoding), or the encoded form (Inline, Segments, Refs) is used.
type Value struct {
	Type     string   // key of the type that it was encoded under; empty when it has none
	Inline   []byte   // the encoded value
	Segments [][]byte // large parts kept out of line; read-only when they come from a backend
	Refs     []ID     // references nested in the value, pinned while the value exists
	Live     any      // the Go value itself; never leaves the process
	IsLive   bool     // tells a nil Live from an encoded value
	Failure  *Failure
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
