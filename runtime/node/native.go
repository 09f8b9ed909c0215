package node

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
)

// Native compiles functions of cells; package native has one.
type Native = core.Native

// NativeForm says what a native program is for: calls of a function, if it is neither of these.
type NativeForm = core.NativeForm

// Forms of native programs.
const (
	NativeActor = core.NativeActor
	NativeRows  = core.NativeRows
	NativeAlone = core.NativeAlone
)

// NativePlace is a line of a cell in a native program.
type NativePlace = core.NativePlace

// SetNative sets what compiles the remote functions of this process's cells; nil: nothing does.
func SetNative(n Native) { core.SetNative(n) }

// TypeKey names a compiled type for other builds of this program.
type TypeKey = core.TypeKey

// TypePlaces says where compiled types are in this program, and how other builds of it find them, so that
// native programs can name them.
func TypePlaces(types []reflect.Type) (offsets []uint64, keys []TypeKey) {
	for _, t := range types {
		name, layout := codec.TypeKey(t)
		keys = append(keys, TypeKey{Name: name, Layout: layout})
	}
	return codec.Offsets(types), keys
}
