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

// TypeOffsets says where compiled types are in this program, so that native programs can name them.
func TypeOffsets(types []reflect.Type) []uint64 { return codec.Offsets(types) }
