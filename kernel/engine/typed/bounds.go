package typed

import (
	"reflect"
	"runtime"
	"unsafe"
)

// boundsCode says which check failed, as internal/abi numbers them.
type boundsCode uint8

const (
	boundsIndex      boundsCode = iota // s[x], 0 <= x < len(s) failed
	boundsSliceLen                     // s[?:x], 0 <= x <= len(s) failed
	boundsSliceCap                     // s[?:x], 0 <= x <= cap(s) failed
	boundsSliceLow                     // s[x:y], 0 <= x <= y failed
	boundsSlice3Len                    // s[::x], 0 <= x <= len(s) failed
	boundsSlice3Cap                    // s[::x], 0 <= x <= cap(s) failed
	boundsSlice3High                   // s[:x:y], 0 <= x <= y failed
	boundsSlice3Low                    // s[x:y:], 0 <= x <= y failed
	boundsConvert                      // (*[x]T)(s), 0 <= x <= y failed
)

// boundsError has the layout of the run time's own error, so that what a program recovers is the
// runtime.Error it expects, with the same text.
type boundsError struct {
	x      int64
	y      int
	signed bool
	code   boundsCode
}

var boundsErrorType = func() unsafe.Pointer {
	var err any
	func() {
		defer func() { err = recover() }()
		var none []int
		_ = none[len(runtime.Compiler)]
	}()
	return (*eface)(unsafe.Pointer(&err)).typ
}()

func init() {
	// The layout is the run time's own business: refuse to run on a release that changed it.
	e := boundsPanicValue(5, 3, true, boundsSliceCap)
	if err, ok := e.(runtime.Error); !ok || err.Error() != "runtime error: slice bounds out of range [:5] with capacity 3" {
		panic("typed: runtime.boundsError has another layout in this Go release")
	}
}

func boundsPanicValue(x int64, y int, signed bool, code boundsCode) (v any) {
	p := unsafeNew(boundsErrorType)
	*(*boundsError)(p) = boundsError{x, y, signed, code}
	*(*eface)(unsafe.Pointer(&v)) = eface{boundsErrorType, p}
	return v
}

// boundsPanic reports an index or bound in a register that is not within y.
func boundsPanic(fr *frame, r reg, y int, code boundsCode) {
	v := fr.rv(r)
	switch v.Kind() {
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		panic(boundsPanicValue(int64(v.Uint()), y, false, code))
	}
	panic(boundsPanicValue(v.Int(), y, true, code))
}
