package notebook

import (
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/runtime/native"
	"github.com/goray/goray/runtime/node"
)

// EnvNative set to "off" keeps all functions interpreted.
const EnvNative = "GORAY_NATIVE_TIER"

// startNative lets remote functions of cells be compiled in the background. A second engine takes
// the place of the first.
func (p *Plugin) startNative(c engine.Code) {
	p.stopNative()
	writer, ok := c.(engine.NativeCode)
	if !ok || os.Getenv(EnvNative) == "off" {
		return
	}
	t, err := native.New(native.Options{Program: func(hash string, source []byte, form node.NativeForm) (*native.Program, error) {
		program, err := writer.Native(hash, source, forms[form])
		if err != nil {
			return nil, err
		}
		return nativeProgram(program), nil
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "ray: functions stay interpreted:", err)
		return
	}
	p.tier = t
	node.SetNative(t)
}

// forms are those of the kernel's engine.
var forms = map[node.NativeForm]engine.NativeForm{node.NativeActor: engine.NativeActor, node.NativeRows: engine.NativeRows, node.NativeAlone: engine.NativeAlone}

// Replace lets compiled functions take the place of a cell's.
func (c code) Replace(fn any, with reflect.Value) error {
	if n, ok := c.Code.(engine.NativeCode); ok {
		return n.Replace(fn, with)
	}
	return errors.New("notebook: this engine cannot replace functions; use the default engine")
}

func (p *Plugin) stopNative() {
	if p.tier == nil {
		return
	}
	node.SetNative(nil)
	_ = p.tier.Close() // what it leaves is swept up by a later session
	p.tier = nil
}

// nativeProgram gives the runtime what the kernel's engine has written.
func nativeProgram(p *engine.NativeProgram) *native.Program {
	out := &native.Program{
		Text: p.Text, Imports: p.Imports, Globals: p.Globals, Maker: p.Maker, CaptureTypes: p.CaptureTypes,
		Foreign: p.Foreign, Replayable: p.Replayable, State: p.State, StateText: p.StateText, Methods: p.Methods,
	}
	out.Rows = native.Rows{Type: p.RowsText, Context: p.RowsContext, Error: p.RowsError}
	out.Offsets, out.Keys = node.TypePlaces(p.ForeignTypes)
	for _, m := range p.Packages {
		out.Packages = append(out.Packages, nativePackage(m))
	}
	for _, t := range p.Types {
		own := native.Type{Text: t.Text}
		own.Name, own.Hash, own.Source, own.List = t.Snapshot.Name, t.Snapshot.Hash, t.Snapshot.Source, list(t.Snapshot)
		out.Types = append(out.Types, own)
	}
	for _, f := range p.Functions {
		own := native.Function{Text: f.Text, Captures: f.Captures}
		own.Name, own.Hash, own.Cell, own.Line, own.Source = f.Snapshot.Name, f.Snapshot.Hash, f.Snapshot.Cell, f.Snapshot.Line, f.Snapshot.Source
		own.List = list(f.Snapshot)
		out.Functions = append(out.Functions, own)
	}
	for _, at := range p.Places {
		out.Places = append(out.Places, node.NativePlace{Cell: at.Cell, Line: at.Line})
	}
	return out
}

// list is the part of a snapshot that names the others. These are there already, as the function that
// the snapshot belongs to needs all of them.
func list(s engine.Snapshot) (part node.Part) {
	if len(s.Parts) > 0 {
		part = node.Part(s.Parts[0])
	}
	return part
}

func nativePackage(m engine.NativePackage) native.Package {
	p := native.Package{Path: m.Path, Hash: m.Hash, GoVersion: m.GoVersion, Imports: m.Imports, Patterns: m.Patterns}
	for _, f := range m.Files {
		p.Files = append(p.Files, native.File(f))
	}
	for _, f := range m.Embedded {
		p.Embedded = append(p.Embedded, native.File(f))
	}
	return p
}
