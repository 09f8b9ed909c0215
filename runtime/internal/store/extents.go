package store

import "slices"

// extent is a free range.
type extent struct{ off, size int64 }

// extents are the free ranges of a segment, by offset, never touching each other.
type extents []extent

// take cuts n bytes from the first range that has them.
func (x *extents) take(n int64) (off int64, ok bool) {
	for i, e := range *x {
		if e.size < n {
			continue
		}
		if e.size == n {
			*x = slices.Delete(*x, i, i+1)
		} else {
			(*x)[i] = extent{e.off + n, e.size - n}
		}
		return e.off, true
	}
	return 0, false
}

// give returns a range and joins it with its neighbours.
func (x *extents) give(off, size int64) {
	if size == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(*x, off, func(e extent, off int64) int { return int(min(max(e.off-off, -1), 1)) })
	*x = slices.Insert(*x, i, extent{off, size})
	if i+1 < len(*x) && (*x)[i].off+(*x)[i].size == (*x)[i+1].off {
		(*x)[i].size += (*x)[i+1].size
		*x = slices.Delete(*x, i+1, i+2)
	}
	if i > 0 && (*x)[i-1].off+(*x)[i-1].size == (*x)[i].off {
		(*x)[i-1].size += (*x)[i].size
		*x = slices.Delete(*x, i, i+1)
	}
}

func (x extents) largest() (n int64) {
	for _, e := range x {
		n = max(n, e.size)
	}
	return n
}
