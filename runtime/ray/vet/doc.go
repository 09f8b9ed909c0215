// Package vet checks calls of package ray that Go's own types cannot: the arguments of a remote
// function are of type any, and so is the function itself.
//
//	square := ray.Remote[int](func(n int) int { return n * n })
//	square.Remote("4") // cannot use "4" (untyped string constant) as int value in argument to square.Remote
//
// It is one [Analyzer] with two users: a session runs it on each cell before anything of the cell
// runs, and "goray vet ./..." ([Main]) runs it on programs.
//
// How it works, in ten lines:
//
//   - ray.Remote[R](f), its relatives and ray.Actor[T](ctor) are judged where they stand: f's type
//     is known to Go, so R has to be its result.
//   - For x.Remote(args…) the function behind x has to be known. It is when x is such a call, or a
//     variable that is declared with one and assigned nowhere else. What is stored in fields, passed
//     to functions or returned is not followed.
//   - An argument fits when Go would assign it, when it is a constant that could have been written
//     for the parameter, or when it is a reference to a value that fits. What only the run can tell
//     (values in interfaces, numbers in variables) is left to the run.
//   - So a complaint is always right: the call would give a reference that carries an error.
//
// What is known of a variable is a fact of the analyzer, so that later cells have it too.
package vet
