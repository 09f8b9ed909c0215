// Package constraints has the type constraints that golang.org/x/exp/constraints defined, under
// the same names. GoNB adds the import of that package where a cell mentions it; here the package
// is predeclared.
//
//	func next[T constraints.Integer | constraints.Float](x T) T { return x + 1 }
//
// Mental model: interfaces that list types. Nothing of it exists at run time.
package constraints
