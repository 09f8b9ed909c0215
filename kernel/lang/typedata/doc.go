// Package typedata holds the types of compiled packages as embedded data, so that cells can be
// checked on a machine without a Go toolchain.
//
//	b, err := typedata.Open(typedata.Std)
//	raw, needs, ok, err := b.Package("net/http") // export data for gcexportdata.Read
//
// A bundle is an index and one deflated blob of export data per package, so that one package is
// decoded without the others. It belongs to one Go release, the one whose compiled code the
// symbol tables hold; Open refuses any other. Regenerate with go generate ./kernel/lang/...
package typedata
