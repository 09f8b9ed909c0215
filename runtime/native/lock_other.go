//go:build !unix

package native

// lock does nothing where there are no file locks: files are still put in place by renaming.
func lock(string) (unlock func(), err error) { return func() {}, nil }
