package core

import (
	"context"
	"reflect"
	"sync/atomic"
)

// Tier says how a function of a cell is run.
type Tier uint8

// The tiers. The zero value is the default.
const (
	TierAuto        Tier = iota // interpreted until its native form is there
	TierNative                  // waits for the native form; interpreted only where there is none
	TierInterpreted             // never native
)

// Native makes programs of functions of cells, in the background.
type Native interface {
	// Want starts to build ref's function, whose source is Source, and returns the file that will
	// say when it is ready, or why it never is; empty when nothing will. It returns at once.
	Want(ref *FuncRef, source []byte, form NativeForm) (file string)
	// Refuse notes that ref's function will not be compiled, and why.
	Refuse(ref *FuncRef, why string)
	// Status lists the functions that were wanted, in their order.
	Status() []NativeStatus
}

// NativeForm says what a program of a function is for.
type NativeForm string

// The forms of programs.
const (
	NativeFunction NativeForm = ""       // tasks
	NativeActor    NativeForm = ".actor" // the actor that the function makes, with its methods
	NativeRows     NativeForm = ".rows"  // many calls, one for each row of a dataset
	NativeAlone    NativeForm = ".alone" // tasks, where there is no session that the program could ask
)

// RowRunner is implemented by backends of processes that run programs of the form NativeRows.
type RowRunner interface {
	// CanRows says whether ref's function has a program.
	CanRows(ref *FuncRef) bool
	// Rows calls ref's function with each element of an encoded slice, and returns the slice of the
	// results, in which the rest is missing after a call that failed. ok is false when there is no
	// program, or it could not take them.
	Rows(ctx context.Context, ref *FuncRef, rows Value) (results Value, ok bool)
}

// NativeStatus is how far the native form of a function is.
type NativeStatus struct {
	Func, Cell string
	Line       int
	State      string  // "building", "native", "interpreted"
	Millis     float64 // from the definition until it was ready
	Cached     bool    // it had been built before
	Reason     string  // why it is interpreted
}

// NativeBuild is what the file of a function says: its program, or why there is none.
type NativeBuild struct {
	Failure string `json:",omitempty"`

	Path       string        // of the executable
	Arch       string        // the machines that it runs on, by Go's name
	Key        string        // of all that it was made of
	Name       string        // of the function, for traces
	Globals    int           // captures that all functions of a process share
	Functions  []NativeFunc  // of cells, in the order of the program's own table
	Types      []NativeType  // of cells, in the order of the program's own table
	Main       string        // build of the program that has the compiled types
	Offsets    []uint64      // of compiled types in it: codec.CommonTypes, then the program's, then codec.OwnTypes
	Foreign    []TypeKey     // the program's, for other builds of the main program
	Own        []FuncRef     // functions of the runtime in it, in the order of marshal.OwnFuncs
	Packages   []string      // third-party ones
	Places     []NativePlace // of the lines of the program's text
	Replayable bool          // may be abandoned and started again
}

// TypeKey names a compiled type for other builds of the program (see codec.TypeKey).
type TypeKey struct {
	Name   string
	Layout uint64
}

// NativeType names a type of a cell for other processes.
type NativeType struct {
	Name, Hash string
	Source     []byte
	List       Part // that Source names, if it does
}

// NativeFunc is a function of a cell that a program makes remote.
type NativeFunc struct {
	Name, Hash, Cell string
	Line             int
	Source           []byte
	List             Part // that Source names, if it does
}

// NativePlace is a line of a cell; Line 0 is none.
type NativePlace struct {
	Cell string `json:"c,omitempty"`
	Line int    `json:"l,omitempty"`
}

// NativeFile is how the compiler knows the text of a native program.
const NativeFile = "cell.go"

// EnvNative in the environment of a native program says that a worker started it.
const EnvNative = "GORAY_NATIVE"

var nativeDir atomic.Pointer[string]

// SetNativeDir remembers, in a worker, where the session's files about native programs are.
func SetNativeDir(dir string) {
	if p := nativeDir.Load(); p == nil || *p != dir {
		nativeDir.Store(&dir)
	}
}

// NativeFileOf says which file would tell of the function with this hash; empty when none would.
func NativeFileOf(hash string, form NativeForm) string {
	if p := nativeDir.Load(); p != nil && *p != "" {
		return *p + "/" + NativeName(hash, form)
	}
	return ""
}

// Where the programs of a Ray cluster's functions are, among its code: the description of one by the name
// that NativeName gives it, and the programs by their keys.
func NativeCode(name string) string { return "native/" + name }

// NativeOn is the name of the description for nodes of another platform than the driver's.
func NativeOn(name, arch string) string { return name + "." + arch }

// NativeName is the name of the file about a program of a function.
func NativeName(hash string, form NativeForm) string { return hash + string(form) + ".json" }

var currentNative atomic.Pointer[Native]

// SetNative sets what builds native programs for this process; nil: everything is interpreted.
func SetNative(n Native) {
	if n == nil {
		currentNative.Store(nil)
		return
	}
	currentNative.Store(&n)
}

// CurrentNative returns what SetNative set, or nil.
func CurrentNative() Native {
	if n := currentNative.Load(); n != nil {
		return *n
	}
	return nil
}

// Replacer is Code that can let compiled functions take the place of a cell's.
type Replacer interface {
	// Replace makes calls of fn, a function that a cell declares, go to with, which has its type.
	// Export still describes the cell's function.
	Replace(fn any, with reflect.Value) error
}
