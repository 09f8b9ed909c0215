// Package modulestest serves made-up modules to the Go tool from a folder, so that tests of
// third-party packages need no network.
//
//	modulestest.Proxy(t, map[string]string{
//		"example.com/greet@v1.0.0/greet.go": "package greet\n\nfunc Hello() string { return \"hello\" }\n",
//	})
//
// The Go tool takes any folder with the right file names as a proxy (GOPROXY=file://…): a list of
// versions, and for each its go.mod, its time and a zip file. The files of a module are listed under module@version; a go.mod is added where there is none.
// Module cache and pinned versions are the test's own.
package modulestest
