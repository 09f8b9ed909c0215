package rt

import (
	"hash/maphash"
	"iter"
	"math/rand/v2"
	"reflect"
	"runtime"
	"unique"
	"unsafe"
	"weak"

	_ "database/sql" // for ConvertAssign
)

// Pull is iter.Pull at any: coroutine switches, not a goroutine and channels.
func Pull(seq func(func(any) bool)) (next func() (any, bool), stop func()) {
	return iter.Pull(iter.Seq[any](seq))
}

// Pull2 is iter.Pull2 at any.
func Pull2(seq func(func(any, any) bool)) (next func() (any, any, bool), stop func()) {
	return iter.Pull2(iter.Seq2[any, any](seq))
}

// MapClone copies a map of any type.
func MapClone(m any) any {
	v := reflect.ValueOf(m)
	if v.IsNil() {
		return m
	}
	c := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		c.SetMapIndex(it.Key(), it.Value())
	}
	return c.Interface()
}

// Overlaps says whether two slices of one type share memory.
func Overlaps(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	size := x.Type().Elem().Size()
	if x.Len() == 0 || y.Len() == 0 || size == 0 {
		return false
	}
	return x.Pointer() <= y.Pointer()+uintptr(y.Len())*size-1 && y.Pointer() <= x.Pointer()+uintptr(x.Len())*size-1
}

// Unique returns what unique.Handle holds: equal dynamic types and values give equal results. It
// and WeakMake hide their types, since the packages that declare them are checked against this one.
func Unique(v any) any { return unique.Make(v) }

// UniqueValue is the value that h was made from.
func UniqueValue(h any) any { return h.(unique.Handle[any]).Value() }

// WeakMake returns what weak.Pointer holds.
func WeakMake(p unsafe.Pointer) any { return weak.Make((*byte)(p)) }

// WeakValue returns the object, or nil once it is gone.
func WeakValue(w any) unsafe.Pointer {
	p, _ := w.(weak.Pointer[byte])
	return unsafe.Pointer(p.Value())
}

// AddCleanup runs f some time after the object at p has become unreachable.
func AddCleanup(p unsafe.Pointer, f func()) runtime.Cleanup {
	return runtime.AddCleanup((*byte)(p), func(f func()) { f() }, f)
}

// HashComparable hashes v.
func HashComparable(s maphash.Seed, v any) uint64 { return maphash.Comparable(s, v) }

// HashWrite adds v to h.
func HashWrite(h *maphash.Hash, v any) { maphash.WriteComparable(h, v) }

// RandN is a random number in [0, n).
func RandN(n uint64) uint64 { return rand.Uint64N(n) }

// ConvertAssign is database/sql.convertAssign, which the library keeps reachable for others.
//
//go:linkname ConvertAssign database/sql.convertAssign
func ConvertAssign(dest, src any) error
