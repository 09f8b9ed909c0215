// Symgen writes what cells need to know about compiled packages, at build time:
//
//	go run ./kernel/lang/symgen -std                          the standard library, all of it
//	go run ./kernel/lang/symgen -std -check                   compares instead; exit 1 when stale
//	go run ./kernel/lang/symgen -out gen_symbols_x.go -pkg notebook -var arrow path…
//	go run ./kernel/lang/symgen -types gen_types_x.bin path…  type data of third-party packages
//
// A symbol table is a static array that the Go compiler lays out as data, so linking a thousand
// of them costs no start-up time. Type data is export data without positions, so that it depends
// neither on the machine nor on the module cache. Generic functions have no symbol: cells
// interpret them from source, which the overlay (kernel/lang/overlay) provides for the standard
// library. The standard library is generated for the Go release in use, and for each of
// platforms; importing refuses any other release.
package main
