package transport

// Frames to native programs only.
const (
	Setup Kind = iota + 48 // after Hello: which function it is
	Adopt                  // an actor's state, and who the actor is; answered by Done
	Yield                  // give the actor's state back; answered by Done with it
	Rows                   // a function, and a slice for each element of which to call it; answered by Done
)

// Raw reads all that is left, without copying it.
func (r *Reader) Raw() []byte {
	b := r.b
	r.b = nil
	return b
}

// Raw appends what Reader.Raw read of a frame of the same kind.
func (w *Writer) Raw(b []byte) { w.b = append(w.b, b...) }
