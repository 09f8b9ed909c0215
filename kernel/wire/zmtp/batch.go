package zmtp

const (
	batchSize = 64 << 10  // bytes gathered before a write
	pieceSize = 256 << 10 // bytes of one write, after which grace is earned back
	bigFrame  = 16 << 10  // frames from this size on are written without copying
)

// batch gathers small frames into one write and sends large ones in pieces.
type batch struct {
	q    *queue
	buf  []byte
	done int // queue bytes of the messages wholly in buf
}

func (b *batch) add(m item) error {
	curve := b.q.c.curve
	for i, f := range m.frames {
		var flags byte
		if i < len(m.frames)-1 {
			flags = flagMore
		}
		if m.command != "" {
			f = append(append([]byte{byte(len(m.command))}, m.command...), f...)
			flags = flagCommand
		}
		switch {
		case curve != nil:
			b.buf = curve.seal(b.buf, flags, f)
		case len(f) < bigFrame:
			b.buf = append(appendHeader(b.buf, flags, len(f)), f...)
		default:
			b.buf = appendHeader(b.buf, flags, len(f))
			if err := b.flush(); err != nil {
				return err
			}
			if err := b.write(f); err != nil {
				return err
			}
		}
	}
	b.done += m.size()
	if len(b.buf) >= batchSize {
		return b.flush()
	}
	return nil
}

func (b *batch) flush() error {
	err := b.write(b.buf)
	if b.buf = b.buf[:0]; cap(b.buf) > 1<<20 {
		b.buf = nil
	}
	b.q.release(b.done)
	b.done = 0
	return err
}

func (b *batch) write(p []byte) error {
	for len(p) > 0 {
		n, err := b.q.c.nc.Write(p[:min(len(p), pieceSize)])
		if err != nil {
			return err
		}
		p = p[n:]
		b.q.earn(n)
	}
	return nil
}
