// Package constraints has the type constraints that golang.org/x/exp/constraints defined, under
// the same names. GoNB adds the import of that package where a cell mentions it; here the package
// is predeclared.
//
//	func next[T constraints.Integer | constraints.Float](x T) T { return x + 1 }
//
// Mental model: interfaces that list types. Nothing of it exists at run time.
package constraints

// Signed are the signed integers.
type Signed interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64
}

// Unsigned are the unsigned integers.
type Unsigned interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Integer are all integers.
type Integer interface{ Signed | Unsigned }

// Float are the floating-point numbers.
type Float interface{ ~float32 | ~float64 }

// Complex are the complex numbers.
type Complex interface{ ~complex64 | ~complex128 }

// Ordered are the types that < orders.
type Ordered interface{ Integer | Float | ~string }
