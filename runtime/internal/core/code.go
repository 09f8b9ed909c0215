package core

import (
	"reflect"
	"sync/atomic"
)

// Code moves functions and types declared in notebook cells between processes. It has the shape
// of the kernel's engine.Code, which the runtime must not import.
type Code interface {
	// Export describes fn; ok is false when fn is compiled code.
	Export(fn any) (s Snapshot, ok bool, err error)
	// MethodName names a method expression or value of a type declared in cells.
	MethodName(fn any) (name string, ok bool)
	// ExportType describes a type declared in a cell.
	ExportType(t reflect.Type) (s Snapshot, ok bool)
	// Import loads a Source that Export or ExportType made. Equal hashes give the same Definition.
	// part returns the Data of a Part by its hash, and is called only for what is not here.
	Import(hash string, source []byte, part func(hash string) ([]byte, error)) (Definition, error)
}

// Stopper is Code whose functions can be stopped while they run.
type Stopper interface {
	// Enter makes what the calling goroutine runs until leave, which it calls itself, stoppable:
	// interrupt ends it at its next safepoint, as runtime.Goexit does.
	Enter() (interrupt, leave func())
}

// Snapshot is a function or type with all that it refers to.
type Snapshot struct {
	Hash     string // of Source
	Source   []byte
	Parts    []Part // that Source names by their hashes; the first names the others
	Name     string // "square", "func1 in In[3]"
	Cell     string // "In[3]"
	Line     int
	Captures []Capture
}

// Part is source that many snapshots share, such as that of third-party packages. Backends keep it
// by its hash, as they keep whole sources.
type Part struct {
	Hash string
	Data []byte
}

// Source is the text of a function of a cell with all that it names.
type Source struct {
	Text  []byte
	Parts []Part
}

// Capture is a captured variable and its value at the time of Export.
type Capture struct {
	Name  string
	Value reflect.Value
}

// Definition is imported code, ready to be given its captures.
type Definition interface {
	CaptureTypes() []reflect.Type
	Instantiate(captures []reflect.Value) (reflect.Value, error)
	Type(name string) (reflect.Type, error)
}

// Frame is one call in a trace of a panic.
type Frame struct {
	Function string
	Cell     string // "In[3]" or a file name; empty for compiled code
	Line     int
}

var currentCode atomic.Pointer[Code]

// SetCode sets what this process knows of code declared in cells; nil forgets it.
func SetCode(c Code) {
	if c == nil {
		currentCode.Store(nil)
		return
	}
	currentCode.Store(&c)
}

// CurrentCode returns what SetCode set; nil in plain compiled programs.
func CurrentCode() Code {
	if c := currentCode.Load(); c != nil {
		return *c
	}
	return nil
}

var currentTrace atomic.Pointer[func(recovered any) []Frame]

// SetTrace sets how the frames of a recovered panic are found.
func SetTrace(trace func(recovered any) []Frame) { currentTrace.Store(&trace) }

// Trace returns the frames of a recovered panic, innermost first; nil when nobody knows them.
func Trace(recovered any) []Frame {
	if t := currentTrace.Load(); t != nil && *t != nil {
		return (*t)(recovered)
	}
	return nil
}
