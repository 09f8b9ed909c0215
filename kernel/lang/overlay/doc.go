// Package overlay has the Go source of the standard library's generic part. Compiled code knows
// generic functions only as the instances that it uses, so cells interpret them from source:
//
//	overlay.Has("slices")                  // true
//	files, err := overlay.Files("slices")  // name → source
//
// Most of it is the distribution's own source, which the generator (kernel/lang/symgen) takes
// from the GOROOT in use; see README.md for its licence. Where that source calls into the run-time
// system, _std has a replacement, written as part of the package it belongs to, over the compiled
// functions of package rt. A whole package (slices) has no type data and no symbols; of the
// others (sync, reflect) only what is generic comes from here, and everything else is compiled.
package overlay
