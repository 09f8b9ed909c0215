package slices

import "github.com/goray/goray/kernel/lang/overlay/rt"

// overlaps reports whether two slices share memory.
func overlaps[E any](a, b []E) bool {
	return len(a) > 0 && len(b) > 0 && rt.Overlaps(a, b)
}
