package transport

// Setup tells a native program, after Hello, which function it is.
const Setup Kind = 48

// Raw reads all that is left, without copying it.
func (r *Reader) Raw() []byte {
	b := r.b
	r.b = nil
	return b
}

// Raw appends what Reader.Raw read of a frame of the same kind.
func (w *Writer) Raw(b []byte) { w.b = append(w.b, b...) }
