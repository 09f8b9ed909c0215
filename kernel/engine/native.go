package engine

import "reflect"

// NativeCode is a Code that can also write what it imports as a program for the Go compiler.
type NativeCode interface {
	Code
	// Native writes the function that a Source of Export describes. The error says in a few words why
	// only the engine can run it.
	Native(hash string, source []byte, form NativeForm) (*NativeProgram, error)
	// Replace makes calls of fn, a function that a cell declares, go to with, a compiled function of
	// its type. Export still describes the cell's.
	Replace(fn any, with reflect.Value) error
}

// NativeForm says what a program is for.
type NativeForm int

// The forms of programs.
const (
	NativeCalls NativeForm = iota // calls of the function
	NativeActor                   // the actor that it makes, with all methods of what it returns
	NativeRows                    // a call for each row of many: func([ctx,] T) (U[, error])
	NativeAlone                   // calls of the function, in a process that has no session to ask
)

// NativeProgram is a function of a cell as one file of Go, with all that it needs. Its text depends
// on the code alone: not on layout, comments, the values of captured variables, or other cells.
type NativeProgram struct {
	Text []byte // a package main without the function main
	// Imports are the packages that Text imports, sorted.
	Imports []string
	// Packages are those of Imports, and of what these import, that come from modules: dependencies
	// first, with the source that is interpreted.
	Packages []NativePackage
	// Globals are Text's variables that hold the first captures, in their order. Maker names the
	// function that takes the others and returns the function itself, as an any.
	Globals []string
	Maker   string
	Free    int // captures that Maker takes
	// CaptureTypes are the captures' types, as Text writes them.
	CaptureTypes []string
	// Types are the types of cells that values may have: the texts of Types[i].Name in this file,
	// and how other processes find them.
	Types []NativeType
	// Foreign are compiled types that the code mentions, as Text writes them; ForeignTypes are the
	// same types in this process.
	Foreign      []string
	ForeignTypes []reflect.Type
	// Functions are those of cells that the code makes remote.
	Functions []NativeFunction
	// State is the actor's state in this process, a pointer, StateText the same type as Text writes it,
	// and Methods are what can be called by name.
	State     reflect.Type
	StateText string
	Methods   []string
	// RowsText is the function's type as Text writes it, for NativeRows; RowsContext and RowsError say
	// that it takes a context and returns an error.
	RowsText               string
	RowsContext, RowsError bool
	// Places say where each line of Text comes from.
	Places []NativePlace
	// Replayable means that the code, as far as can be seen, does nothing that is seen from outside
	// while it runs: it may be abandoned and started again.
	Replayable bool
}

// NativePackage is the source of a third-party package.
type NativePackage struct {
	Path, Hash string
	GoVersion  string   // of its module, "go1.21"; empty is this release's
	Imports    []string // all of them
	Files      []NativeFile
	Embedded   []NativeFile        // by their paths in the package's folder
	Patterns   map[string][]string // of go:embed directives, and the files of Embedded that they name
}

// NativeFile is a file of a NativePackage.
type NativeFile struct {
	Name string
	Text []byte
}

// NativeType is a type of a cell in a NativeProgram.
type NativeType struct {
	Text     string // in the program
	Snapshot Snapshot
}

// NativeFunction is a function of a cell in a NativeProgram, of which other processes know.
type NativeFunction struct {
	Text     string   // in the program
	Captures []string // variables of the program
	Snapshot Snapshot
}

// NativePlace is a line of a cell; the zero value is none.
type NativePlace struct {
	Cell string // "In[3]"
	Line int
}
