package typed

import "unsafe"

// Entry points of the Go run time that its linker allows by name: each of them carries a push
// linkname in the standard library, kept for existing users.

//go:linkname typedmemmove runtime.typedmemmove
func typedmemmove(typ, dst, src unsafe.Pointer)

//go:linkname typedslicecopy reflect.typedslicecopy
func typedslicecopy(typ unsafe.Pointer, dst, src sliceHeader) int

//go:linkname unsafeNew reflect.unsafe_New
func unsafeNew(typ unsafe.Pointer) unsafe.Pointer

//go:linkname unsafeNewArray reflect.unsafe_NewArray
func unsafeNewArray(typ unsafe.Pointer, n int) unsafe.Pointer

//go:linkname mapaccess2 runtime.mapaccess2
func mapaccess2(typ, m, key unsafe.Pointer) (unsafe.Pointer, bool)

//go:linkname mapassign runtime.mapassign
func mapassign(typ, m, key unsafe.Pointer) unsafe.Pointer

//go:linkname mapdelete runtime.mapdelete
func mapdelete(typ, m, key unsafe.Pointer)

//go:linkname growslice runtime.growslice
func growslice(old unsafe.Pointer, newLen, oldCap, num int, et unsafe.Pointer) sliceHeader

//go:linkname chansend reflect.chansend0
func chansend(ch, val unsafe.Pointer, nb bool) bool

//go:linkname chanrecv reflect.chanrecv
func chanrecv(ch unsafe.Pointer, nb bool, val unsafe.Pointer) (selected, received bool)

//go:linkname profLabel runtime/pprof.runtime_getProfLabel
func profLabel() unsafe.Pointer

// sliceHeader is a slice in memory.
type sliceHeader struct {
	p        unsafe.Pointer
	len, cap int
}

// eface is an interface in memory: the type, or the itab, and the data word.
type eface struct{ typ, data unsafe.Pointer }
