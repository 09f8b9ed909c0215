// Package linked holds the packages that a build of goray has compiled in besides its own, for
// cells to import. A file that "goray build-kernel" writes adds them when the program starts:
//
//	linked.Add(packages)
//
// Every session of the process sees them, as it sees the standard library.
//
// The file is written by package kernel/lang/modules/rebuild; kernel/lang asks for Packages when a
// session starts. A package that goray has of its own comes first.
package linked
