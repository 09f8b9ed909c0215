package typed

import (
	"reflect"
	"unsafe"
)

// op is one compiled instruction.
type op func(fr *frame)

// frame holds the registers of one call. It is one heap object with a precise Go type: this
// header, then every register in its native Go memory layout, so that the collector sees exactly
// what is live and calls of compiled code need no conversion. Frames are kept for later calls, see
// callstack.go; constants and addresses of globals sit in the template from which each is made.
type frame struct {
	g        *gor
	body     *body
	callee   *frame // of the call that this one makes, or made last; see callstack.go
	next     *frame // pool link
	defers   *deferRec
	pan      *panicRec
	deferrer *frame   // the frame whose deferred calls run this one
	bound    *closure // whose variables the registers for captured ones hold
	pc       int32    // index into body.pos of the instruction that runs
	ok       bool     // the body returned normally
}

// class says how a register is moved.
type class uint8

const (
	cW class = iota // scalar without pointers, at most 8 bytes, in an 8-byte slot
	cP              // one pointer
	cS              // string
	cL              // slice
	cI              // interface
	cX              // anything else: complex, struct, array
)

// classLetters names the classes in the shapes of calls.
const classLetters = "WPSLIX"

func classOf(t reflect.Type) class {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr, reflect.Float32, reflect.Float64:
		return cW
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func:
		return cP
	case reflect.String:
		return cS
	case reflect.Slice:
		return cL
	case reflect.Interface:
		return cI
	}
	return cX
}

// reg is a register: its place in the frame and its type.
type reg struct {
	off uintptr
	c   class
	t   reflect.Type
}

// slot is a register as calls need it at run time, or a scalar argument that is computed.
type slot struct {
	off uintptr
	c   class
	t   unsafe.Pointer
	val func(fr *frame) uint64
}

func slotOf(r reg) slot { return slot{off: r.off, c: r.c, t: rptr(r.t)} }

func slots(rs []reg) (s []slot) {
	for _, r := range rs {
		s = append(s, slotOf(r))
	}
	return
}

func offsets(rs []reg) (o []uintptr) {
	for _, r := range rs {
		o = append(o, r.off)
	}
	return
}

// at is a register. Generic functions use ptr instead, see RATIONALE.md.
func at[T any](fr *frame, off uintptr) *T { return (*T)(unsafe.Add(unsafe.Pointer(fr), off)) }

func (fr *frame) ptr(off uintptr) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(fr), off) }

// rv is the register as an addressable reflect.Value.
func (fr *frame) rv(r reg) reflect.Value { return reflect.NewAt(r.t, fr.ptr(r.off)).Elem() }

// copySlot copies a register of class c and type t between frames.
func copySlot(c class, t unsafe.Pointer, d, s unsafe.Pointer) {
	switch c {
	case cW:
		*(*uint64)(d) = *(*uint64)(s)
	case cP:
		*(*unsafe.Pointer)(d) = *(*unsafe.Pointer)(s)
	case cS:
		*(*string)(d) = *(*string)(s)
	case cL:
		*(*[]byte)(d) = *(*[]byte)(s)
	case cI:
		*(*any)(d) = *(*any)(s)
	default:
		typedmemmove(t, d, s)
	}
}

// move copies register s to register d of the same frame.
func move(d, s reg) op {
	do, so := d.off, s.off
	switch d.c {
	case cW:
		return func(fr *frame) { *at[uint64](fr, do) = *at[uint64](fr, so) }
	case cP:
		return func(fr *frame) { *at[unsafe.Pointer](fr, do) = *at[unsafe.Pointer](fr, so) }
	case cS:
		return func(fr *frame) { *at[string](fr, do) = *at[string](fr, so) }
	case cL:
		return func(fr *frame) { *at[[]byte](fr, do) = *at[[]byte](fr, so) }
	case cI:
		return func(fr *frame) { *at[any](fr, do) = *at[any](fr, so) }
	}
	t := rptr(d.t)
	return func(fr *frame) { typedmemmove(t, fr.ptr(do), fr.ptr(so)) }
}

// copier copies a value of type t between memory and a register, with the width of the type.
func copier(t reflect.Type) func(d, s unsafe.Pointer) {
	switch classOf(t) {
	case cW:
		switch t.Size() {
		case 1:
			return func(d, s unsafe.Pointer) { *(*uint8)(d) = *(*uint8)(s) }
		case 2:
			return func(d, s unsafe.Pointer) { *(*uint16)(d) = *(*uint16)(s) }
		case 4:
			return func(d, s unsafe.Pointer) { *(*uint32)(d) = *(*uint32)(s) }
		}
		return func(d, s unsafe.Pointer) { *(*uint64)(d) = *(*uint64)(s) }
	case cP:
		return func(d, s unsafe.Pointer) { *(*unsafe.Pointer)(d) = *(*unsafe.Pointer)(s) }
	case cS:
		return func(d, s unsafe.Pointer) { *(*string)(d) = *(*string)(s) }
	case cL:
		return func(d, s unsafe.Pointer) { *(*[]byte)(d) = *(*[]byte)(s) }
	case cI:
		return func(d, s unsafe.Pointer) { *(*any)(d) = *(*any)(s) }
	}
	rt := rptr(t)
	if t.Size() == 0 {
		return func(d, s unsafe.Pointer) {}
	}
	if t.Size() == 8 && t.Align() == 8 && !hasPointers(t) {
		return func(d, s unsafe.Pointer) { *(*uint64)(d) = *(*uint64)(s) }
	}
	return func(d, s unsafe.Pointer) {
		// Faults must happen here: inside the run time's memmove they would be fatal.
		_, _ = *(*byte)(d), *(*byte)(s)
		typedmemmove(rt, d, s)
	}
}
