package rayclient

import (
	"fmt"
	"os"
	"time"
)

// progressFrom is the size from which sending is told about: over Ray's client protocol it takes
// seconds.
const progressFrom = 64 << 20

// progressOf tells on standard error how far something large has been sent, now and then; nil for
// what is small.
func progressOf(what string, size int) func(sent, total int64) {
	if size < progressFrom {
		return nil
	}
	last := time.Now()
	told := false
	return func(sent, total int64) {
		if now := time.Now(); now.Sub(last) >= 2*time.Second || told && sent == total {
			last, told = now, true
			fmt.Fprintf(os.Stderr, "ray: %s: %d of %d MB sent to the cluster\n", what, sent>>20, total>>20)
		}
	}
}
