package runtime

import (
	"unsafe"

	"github.com/goray/goray/kernel/lang/overlay/rt"
)

// AddCleanup attaches a cleanup function to ptr. Some time after ptr is no longer reachable, the
// runtime calls cleanup(arg) in a separate goroutine.
func AddCleanup[T, S any](ptr *T, cleanup func(S), arg S) Cleanup {
	return rt.AddCleanup(unsafe.Pointer(ptr), func() { cleanup(arg) })
}
