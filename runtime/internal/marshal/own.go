package marshal

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
)

// own are functions of this module that its code makes remote without the user's naming them, such as
// the constructor of a queue's actor. A native program has them at other places than the main program,
// whose processes run them: it is told those places.
var own struct {
	funcs []any
	refs  map[uintptr]core.FuncRef // in the main program, by their places in this one
}

// AddOwnFuncs is called by one package, when the program starts.
func AddOwnFuncs(funcs ...any) { own.funcs = funcs }

// OwnFuncs are where the functions that AddOwnFuncs was given lie in this program, in their order.
func OwnFuncs() ([]core.FuncRef, error) {
	var refs []core.FuncRef
	for _, fn := range own.funcs {
		ref, _, err := Function(fn)
		if err != nil {
			return nil, err
		}
		ref.Live = nil
		refs = append(refs, ref)
	}
	return refs, nil
}

// SpeakFor makes this process name the functions by refs, which OwnFuncs of the main program has
// returned. It is called before anything is made remote.
func SpeakFor(refs []core.FuncRef) {
	own.refs = map[uintptr]core.FuncRef{}
	for i, fn := range own.funcs {
		if i < len(refs) {
			own.refs[reflect.ValueOf(fn).Pointer()] = refs[i]
		}
	}
}
