// Package built gives the tests the goray binary that they run: the one that GORAY_BINARY names, or one
// that is built from the working tree.
//
//	func TestMain(m *testing.M) { built.Main(m, &binary) }
package built
