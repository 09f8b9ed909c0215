// Package symbols has the compiled symbols of the whole public standard library: functions,
// variables and types that cells call and use natively.
//
//	v, ok := symbols.Lookup("strings", "ToUpper") // the function itself
//
// The tables (gen_*.go) are static arrays written by kernel/lang/symgen; linking them costs no
// start-up time. Types, constants and generic functions are kernel/lang's business.
//
//go:generate go run github.com/goray/goray/kernel/lang/symgen -std
package symbols
