package yaegi

import (
	"io/fs"
	"testing/fstest"
)

// source is the text of a package for tests.
type source struct{}

func (source) Open(name string) (fs.File, error) {
	return fstest.MapFS{"box.go": {Data: []byte("package box\ntype Box struct{ Size int }\nvar Count int\nconst Extra = 10\nfunc New(n int) Box { return Box{n} }\n")}}.Open(name)
}
