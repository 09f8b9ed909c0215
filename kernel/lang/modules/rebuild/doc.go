// Package rebuild builds a goray that has packages compiled in, for those that cannot be
// interpreted: packages with cgo or assembly.
//
//	goray build-kernel -with github.com/klauspost/compress/zstd@latest -o ~/bin/goray
//
// It copies goray's own module, gets the packages there, has symgen write their symbols and types,
// and builds the copy. So it needs the Go tool, and goray's source: a checkout that the command runs
// in or that -source names, or a version that the module proxy serves.
package rebuild
