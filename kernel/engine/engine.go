package engine

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"reflect"

	"golang.org/x/tools/go/analysis"
)

// Engine is a live Go session. Execute is called by one goroutine at a time, unless the engine is
// [Concurrent]; every other method may be called at any time, also while a cell runs.
type Engine interface {
	// Execute checks and runs one cell. When ctx ends, the cell is interrupted: loops, calls,
	// channel operations and sleeps return within 100 ms, and Execute returns ErrInterrupted.
	Execute(ctx context.Context, cell Cell) (Result, error)

	// Complete lists the completions at cursor, a byte offset into source.
	Complete(source string, cursor int) Completions

	// Inspect describes the identifier at cursor; ok is false when there is none. Detail 1 adds
	// the source text.
	Inspect(source string, cursor, detail int) (in Inspection, ok bool)

	// IsComplete says whether a front end should run source or ask for another line.
	IsComplete(source string) (status Completeness, indent string)

	// Variables lists the live variables of the session, newest declaration of each name.
	Variables() []Variable

	// Code moves functions and types declared in cells between processes. It is nil where the
	// engine cannot.
	Code() Code

	// Close ends the session; goroutines started by cells are stopped at their next safepoint.
	Close() error
}

// Cell is one piece of source with its name.
type Cell struct {
	ID     string // the front end's id; may be empty
	Number int    // execution count
	Name   string // what errors call the cell, such as a file; empty for "In[Number]"
	Source string
	Run    uint64 // names this execution, for Config.Output; 0 where nobody asks
	Aside  bool   // an expression beside the cells: its result is not kept for Out[n] and _
	Path   string // names the source, for a Debugger; empty where nobody asks
}

// Label is what errors call the cell.
func (c Cell) Label() string {
	if c.Name != "" {
		return c.Name
	}
	return fmt.Sprintf("In[%d]", c.Number)
}

// Result holds the values of the last expression; none when the cell ends in a statement, in an
// expression without a value, or in ";".
type Result struct {
	Values []Value
}

// Value is a result with its static type, as the source would write it ("error", "[]main.T").
type Value struct {
	Reflect reflect.Value // invalid for a nil interface
	Type    string
}

// Variable is a session variable.
type Variable struct {
	Name, Type string
	Cell       int
	Value      reflect.Value // addressable
}

// Completeness is Jupyter's is_complete status.
type Completeness string

const (
	Complete   Completeness = "complete"
	Incomplete Completeness = "incomplete"
	Invalid    Completeness = "invalid"
	Unknown    Completeness = "unknown"
)

// Completions replace source[Start:End].
type Completions struct {
	Start, End int // byte offsets
	Items      []Completion
}

// Completion is one candidate. Kind is one of "package", "function", "method", "field",
// "variable", "constant", "type", "keyword", "magic", "string".
type Completion struct {
	Text, Kind, Signature string
}

// StringArgument is a string that is being typed: an argument of a call, or a field of a struct.
type StringArgument struct {
	Package, Function string // of the function or method that is called, or of the struct's type
	Param             string // the parameter's name, or the field's
	Prefix            string // what is typed so far
	// Values are those of the session's variables. The calls around the string start from the first
	// Around of them, the innermost first. While a cell runs they are pointers only, and others may
	// be writing behind them.
	Values []reflect.Value
	Around int
}

// Inspection describes an identifier.
type Inspection struct {
	Signature string // a Go declaration
	Doc       string // its comment, plain text
	Source    string // with detail 1, where known
	Package   string // import path, empty for the session
}

// Config says what cells can see.
type Config struct {
	Packages []Package // compiled packages besides the standard library
	// Context is the parent of every cell's context; nil means context.Background().
	Context context.Context
	// Uncaught receives the panic of a goroutine that a cell started; nil drops it.
	Uncaught func(cell Cell, err *PanicError)
	// Analyzers look at each cell once it type-checks; what they report refuses the cell before
	// anything of it runs, with the message of a suggested fix as its hint. Facts about objects pass
	// from cell to cell, all of which have the package path "main". Not every engine asks them.
	Analyzers []*analysis.Analyzer
	// Strings completes a string that is being typed; nil completes none. It must be quick, run
	// nothing, and return whole strings of kind "string". Not every engine asks it.
	Strings func(StringArgument) []Completion
	// Admitted is told what each cell has to do with others, before it runs; nil for nobody.
	Admitted func(cell Cell, f Footprint)
	// Output says where fmt and os.Stdout ("stdout"), os.Stderr ("stderr") write in the goroutines
	// of a cell. Nil, and a nil writer, mean the stream of the process.
	Output func(cell Cell, stream string) io.Writer
	// Exits lets os.Exit, and what calls it, end the process: it is a worker, not a session. Not every
	// engine asks it.
	Exits bool
}

// Package makes a compiled package importable from cells.
//
// Its types, documentation and generic functions come from Source; its compiled functions,
// variables and types from Symbols. Generic functions and methods of generic types are
// interpreted: their bodies may use only exported names of other compiled packages and of their own.
type Package struct {
	Path        string   // "github.com/goray/goray/runtime/ray"
	Short       string   // also importable as this: "ray", "ray/data"; may be empty
	Predeclared string   // name visible without an import: "ray"; may be empty
	Symbols     []Symbol // sorted by Name
	Source      fs.FS    // the package's .go files at the root; nil where types come from the embedded bundle
}

// Symbol is one compiled object. Value is the function itself; for a variable a non-nil pointer
// to it; for a type a nil pointer to it. Constants have no symbol, go/types knows them.
type Symbol struct {
	Name  string
	Value any
}

// Code moves functions and types declared in cells between processes.
type Code interface {
	// Export describes fn, a function value. ok is false when fn is compiled code.
	Export(fn any) (s Snapshot, ok bool, err error)

	// MethodName names a method expression, or a method value, of a type declared in cells
	// ("Inc" for (*Counter).Inc); ok is false for anything else.
	MethodName(fn any) (name string, ok bool)

	// ExportType describes a type declared in a cell; ok is false for compiled types and for
	// unnamed types. Definition.Type takes the name.
	ExportType(t reflect.Type) (s Snapshot, ok bool)

	// Import loads a Source that Export or ExportType made. Equal hashes give the same
	// Definition, and types of cells with equal text are identical across Definitions. part returns
	// the Data of a Part by its hash, and is called only for what this process does not have.
	Import(hash string, source []byte, part func(hash string) ([]byte, error)) (Definition, error)
}

// Snapshot is a function or type with all that it refers to.
type Snapshot struct {
	Hash   string // of Source: equal hash, same code
	Source []byte // opaque to everyone but an engine
	Parts  []Part // that Source names by their hashes; the first names the others
	Name   string // for people: "square", "func1 in In[3]"
	Cell   string // "In[3]"
	Line   int    // of the declaration, in its cell
	// Captures are the captured variables and the session variables that the code reads, by
	// value, in the order of Definition.CaptureTypes.
	Captures []Capture
}

// Part is source that many snapshots share, such as that of third-party packages.
type Part struct {
	Hash string // of Data
	Data []byte
}

// Capture is a variable's name and its value at the time of Export.
type Capture struct {
	Name  string
	Value reflect.Value
}

// Definition is imported code, ready to be given its captures.
type Definition interface {
	CaptureTypes() []reflect.Type
	// Instantiate returns the function. Every instance has session variables of its own.
	Instantiate(captures []reflect.Value) (reflect.Value, error)
	// Type returns a type that the source declares.
	Type(name string) (reflect.Type, error)
}
