package marshal

import (
	"debug/elf"
	"debug/gosym"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
)

// Native programs, whose addresses no other process takes, are built without this file.

// MissingFuncError says that a function of another build is not in this one, or not certainly.
type MissingFuncError struct {
	Symbol string // of the linker
	Why    string // with what to do
}

func (e *MissingFuncError) Error() string {
	return fmt.Sprintf("%s of another build of this program is not found in the one for %s/%s: %s", e.Symbol, runtime.GOOS, runtime.GOARCH, e.Why)
}

// Unwrap implements what errors.Is asks for.
func (*MissingFuncError) Unwrap() error { return ErrOtherBuild }

// Portable adds to the description of a compiled function of this build what other builds of the
// program, such as those for other platforms, find it by.
func Portable(ref *core.FuncRef) {
	if ref.IsCell || ref.Names != nil || ref.Hash != BuildHash() {
		return
	}
	if known, ok := portable.Load(ref.PC); ok {
		ref.Names = known.(*core.FuncNames)
		return
	}
	pc := binaryBase() + uintptr(ref.PC)
	names := &core.FuncNames{Symbol: symbolAt(pc)}
	names.Type, names.Layout = codec.TypeKey(funcAt(pc, binaryBase()+uintptr(ref.Type)).Type())
	portable.Store(ref.PC, names)
	ref.Names = names
}

var portable sync.Map // FuncRef.PC → *core.FuncNames

// symbolAt is the linker's name of the function that begins at pc.
func symbolAt(pc uintptr) string {
	name := frameAt(pc)
	if !strings.Contains(name, "[...]") {
		return name
	}
	table, _ := symbols() // it knows the type arguments that frames leave out
	for full, at := range table {
		if at == pc {
			return full
		}
	}
	return name
}

// frameAt is what tracebacks call the function that begins at pc. The first of its instructions may
// belong to a function that was inlined into it: the last frame is its own.
func frameAt(pc uintptr) string {
	frames := runtime.CallersFrames([]uintptr{pc + 1}) // they are taken for places of return
	for {
		if f, more := frames.Next(); !more {
			return f.Function
		}
	}
}

// initialiser are functions in declarations of variables: they are numbered through the files of a
// package, which may be others on other platforms.
var initialiser = regexp.MustCompile(`\.(init|glob\.)\.func\d`)

// resolveByName finds a function of another build.
func resolveByName(ref *core.FuncRef) (reflect.Value, error) {
	missing := func(why string) (reflect.Value, error) {
		return reflect.Value{}, &MissingFuncError{ref.Names.Symbol, why}
	}
	t, err := symbols()
	if err != nil {
		return missing(err.Error())
	}
	pc, known := t[ref.Names.Symbol]
	switch {
	case !known:
		return missing("the builds differ in source or flags; build the program for all platforms from the same source")
	case pc == 0:
		return missing("several functions have this name; use a function that is declared at the top level of its package")
	}
	file, line := runtime.FuncForPC(pc).FileLine(pc)
	if initialiser.MatchString(ref.Names.Symbol) && (filepath.Base(file) != ref.Cell || line != ref.Line) {
		return missing(fmt.Sprintf("the one of this name is at %s:%d, not at %s:%d, as files of the package are for some platforms only; give the function a name (func f)", filepath.Base(file), line, ref.Cell, ref.Line))
	}
	typ, err := codec.TypeByKey(ref.Names.Type, ref.Names.Layout)
	if err != nil {
		return missing(err.Error())
	}
	x := any(typ)
	return funcAt(pc, uintptr((*eface)(unsafe.Pointer(&x)).data)), nil
}

// symbolTable is where the functions of this program begin, by name; 0 where several have that name.
type symbolTable map[string]uintptr

// symbols reads the linker's table of functions, which tracebacks need and so is in every program. It
// takes a tenth of a second for 100,000 functions, once, and only when there is another build.
var symbols = sync.OnceValues(func() (symbolTable, error) {
	f, err := os.Open("/proc/self/exe") // the path may be another build by now
	if err != nil {
		return nil, err
	}
	defer f.Close()
	program, err := elf.NewFile(f)
	if err != nil {
		return nil, err
	}
	text, lines := program.Section(".text"), program.Section(".gopclntab")
	if lines == nil { // position-independent programs of some releases
		lines = program.Section(".data.rel.ro.gopclntab")
	}
	if text == nil || lines == nil {
		return nil, errors.New("the program has no table of its functions; build it without removing sections")
	}
	b, err := lines.Data()
	if err != nil {
		return nil, err
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(b, text.Addr))
	if err != nil {
		return nil, fmt.Errorf("the table of its functions cannot be read (%w); use the Go release that this program was made for", err)
	}
	own := frameAt(binaryBase())
	var moved uintptr // how far from its place the program was loaded
	for i := range table.Funcs {
		if table.Funcs[i].Name == own {
			moved = binaryBase() - uintptr(table.Funcs[i].Entry)
		}
	}
	t := make(symbolTable, len(table.Funcs))
	for i := range table.Funcs {
		name, pc := table.Funcs[i].Name, uintptr(table.Funcs[i].Entry)+moved
		if _, twice := t[name]; twice {
			pc = 0
		}
		t[name] = pc
	}
	if t[own] != binaryBase() {
		return nil, errors.New("the table of its functions is not what the program runs")
	}
	return t, nil
})

// SourceFile is the file that declares a function of this program, by the linker's name; empty where
// that is not known. In programs that were built with -trimpath it is no path of a machine.
func SourceFile(symbol string) string {
	table, err := symbols()
	if err != nil || table[symbol] == 0 {
		return ""
	}
	file, _ := runtime.FuncForPC(table[symbol]).FileLine(table[symbol])
	return file
}
