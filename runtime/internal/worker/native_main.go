package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// NativeProgram is what a native program knows of its function.
type NativeProgram struct {
	Globals  []any          // pointers to the variables of the first captures
	Maker    any            // func(captures…) any: makes the function of the others
	Captures []reflect.Type // of all captures
	Types    []reflect.Type // of cells
	Foreign  []reflect.Type // of compiled packages
	// Functions are those that it makes remote.
	Functions []NativeFunction
	// Rows makes of the function one that calls it for each element of a slice.
	Rows func(fn any) any
	// State is the type of an actor's state, a pointer, and Methods bind those that calls name.
	State   reflect.Type
	Methods map[string]func(state any) any
}

// NativeFunction is a function of a native program that other processes know, too.
type NativeFunction struct {
	Func     any
	Captures []any // pointers to its variables
}

// nativeSetup is what its worker tells it.
type nativeSetup struct {
	Hash     string // of the function
	Name     string
	Types    []core.NativeType // of NativeProgram.Types
	Main     string            // the program that compiled types have their places in
	Offsets  []uint64
	Own      []core.FuncRef // of the runtime, in Main
	Packages []string       // third-party ones
	Places   []core.NativePlace
	FirstID  uint64
	// Functions are of NativeProgram.Functions.
	Functions []core.NativeFunc
	Dir       string // of the files about native programs
	Alone     bool   // there is no session to ask
}

// NativeMain is the life of a native program; it does not return. It ends with its worker.
func NativeMain(program NativeProgram) {
	if os.Getenv(core.EnvNative) == "" {
		fmt.Fprintln(os.Stderr, "ray: this is a compiled function of a notebook, started by its worker only")
		os.Exit(2)
	}
	ownMethods = program.Methods
	if err := runNative(program); err != nil {
		fmt.Fprintf(os.Stderr, "ray: native program pid %d: %v\n", os.Getpid(), err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runNative(program NativeProgram) error {
	os.Unsetenv(core.EnvNative)
	conn, err := transport.NewConn(socketFD)
	if err != nil {
		return err
	}
	hello, _, err := conn.Next()
	if err != nil {
		return nil // the worker has ended meanwhile
	}
	p := newProcess(conn, store.NewView())
	p.hello(&hello.Payload)
	next, _, err := conn.Next()
	if err != nil {
		return nil
	}
	var setup nativeSetup
	next.Payload.JSON(&setup)
	if err := next.Payload.Err(); err != nil || next.Kind != transport.Setup {
		return fmt.Errorf("a frame of kind %d came instead of the setup (%v); worker and program must be of one release", next.Kind, err)
	}
	p.guest = setup.Alone
	p.sequence.Store(setup.FirstID)
	p.requests.next = setup.FirstID
	codec.SpeakFor(setup.Main, setup.Offsets, slices.Concat(codec.CommonTypes(), program.Foreign, codec.OwnTypes()))
	marshal.SpeakFor(setup.Own)
	core.SetCode(newNativeCode(program, setup))
	core.SetNativeDir(setup.Dir)
	core.SetTrace(func(any) []core.Frame { return nativeTrace(&setup) })
	core.SetProcessBackend(p)
	metrics.SetSender(p.sendMetrics)
	p.executors(1)
	conn.Send(transport.Ready, 0, func(w *transport.Writer) { w.Int(int64(os.Getpid())) })
	conn.Flush()
	return p.read()
}

// ownProgram is this process's, which is native.
func ownProgram() *NativeProgram { return &core.CurrentCode().(*nativeCode).program }

// ownMethods are those of a native program's actor. Elsewhere methods are found by reflection.
var ownMethods map[string]func(state any) any

// nativeTrace finds the frames of cells on the stack of a panic, innermost first.
func nativeTrace(setup *nativeSetup) (out []core.Frame) {
	pcs := make([]uintptr, 256)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if frame, ok := packageFrame(&f, setup.Packages); ok {
			out = append(out, frame)
		} else if name, own := strings.CutPrefix(f.Function, "main."); own && filepath.Base(f.File) == core.NativeFile && f.Line > 0 && f.Line <= len(setup.Places) {
			if place := setup.Places[f.Line-1]; place.Line > 0 {
				out = append(out, core.Frame{Function: nativeName(name, setup.Name), Cell: place.Cell, Line: place.Line})
			}
		}
		if !more {
			return out
		}
	}
}

// nativeName names a function as the interpreter does.
func nativeName(name, root string) string {
	if rest, ok := strings.CutPrefix(name, "makeˑ.func1"); ok {
		return root + rest
	}
	return strings.ReplaceAll(name, "[...]", "")
}
