package data

import "github.com/goray/goray/runtime/ray"

// shipped is a user's function in a form that travels.
type shipped struct{ Func ray.Func }

func capture(fn any) (shipped, error) {
	f, err := ray.CaptureFunc(fn)
	return shipped{f}, err
}

// captureRows is capture for a function of rows, which is compiled if a cell declares it.
func captureRows(fn any) (shipped, error) {
	f, err := ray.CaptureRows(fn)
	return shipped{f}, err
}

func (s shipped) value() (any, error) { return s.Func.Value() }
