package store

import (
	"runtime"
	"sync/atomic"
)

// Buffer is read-only memory of an object. The memory stays as long as the Buffer is reachable, or
// until as many Release as Retain calls plus one have been made; a slice of Bytes alone does not
// keep it, because the collector does not see mapped memory.
type Buffer struct {
	data []byte
	life *life
	seg  *segment // that data lies in, from off on; nil where it must not be mapped by others
	off  int64
}

// life is what a Buffer's cleanup needs without reaching the Buffer.
type life struct {
	count   atomic.Int64
	ended   atomic.Bool
	release func()
}

func (l *life) end() {
	if l.ended.CompareAndSwap(false, true) && l.release != nil {
		l.release()
	}
}

// NewBuffer returns a buffer over data with one count. release runs once: when the count falls to
// zero or when the Buffer is no longer reachable, then on a goroutine of the Go runtime. It must
// not block.
func NewBuffer(data []byte, release func()) *Buffer {
	b := &Buffer{data: data, life: &life{release: release}}
	b.life.count.Store(1)
	runtime.AddCleanup(b, (*life).end, b.life)
	return b
}

// Bytes returns the memory; nil after the last Release. Writing to it ends the process.
func (b *Buffer) Bytes() []byte {
	if b.life.ended.Load() {
		return nil
	}
	return b.data
}

// Retain adds a count and returns b. It panics on a buffer that has been released.
func (b *Buffer) Retain() *Buffer {
	if b.life.count.Add(1) <= 1 {
		panic("store: Retain of a buffer after its last Release; retain it before somebody else releases it")
	}
	return b
}

// Release takes one count; with the last one the memory may be reused.
func (b *Buffer) Release() {
	if n := b.life.count.Add(-1); n == 0 {
		b.life.end()
	} else if n < 0 {
		panic("store: Release of a buffer more often than it was retained")
	}
}
