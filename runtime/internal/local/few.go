package local

import "iter"

// few is a list that mostly has one element or none: of the tasks that an object is an argument of, of
// those who wait for it. There may be millions of objects.
type few[T any] struct {
	one  *T
	more *[]*T
}

func (f *few[T]) add(x *T) {
	switch {
	case f.one == nil:
		f.one = x
	case f.more == nil:
		f.more = &[]*T{x}
	default:
		*f.more = append(*f.more, x)
	}
}

// remove takes x out, where it is in.
func (f *few[T]) remove(x *T) {
	left := few[T]{}
	for y := range f.all() {
		if y != x {
			left.add(y)
		}
	}
	*f = left
}

// all yields the elements in the order in which they were added.
func (f few[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		if f.one == nil || !yield(f.one) || f.more == nil {
			return
		}
		for _, x := range *f.more {
			if !yield(x) {
				return
			}
		}
	}
}
