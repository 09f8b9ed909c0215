package native

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// Program is a function of a cell as the compiler needs it. Text is a package main without the
// function main, whose first line is the package clause.
type Program struct {
	Text         []byte
	Imports      []string  // of Text, sorted
	Packages     []Package // third-party ones, dependencies first
	Globals      []string  // variables of the first captures
	Maker        string    // function of the other captures that returns the function as an any
	CaptureTypes []string  // of all captures, as Text writes them
	Types        []Type    // of cells
	Functions    []Function
	Foreign      []string       // compiled types, as Text writes them
	Offsets      []uint64       // where Foreign are in this process's program
	Keys         []core.TypeKey // of Foreign, for other builds of it
	State        reflect.Type   // of an actor, in this process: a pointer
	StateText    string         // the same, as Text writes it
	Methods      []string       // of the state, that calls name
	Rows         Rows
	Places       []core.NativePlace
	Replayable   bool
}

// Rows says how a function is called for each row; the zero value: it is not.
type Rows struct {
	Type           string // of the function, as Text writes it
	Context, Error bool   // it takes a context, and returns an error
}

// Type is a type of a cell: how Text writes it, and how other processes find it.
type Type struct {
	Text string
	core.NativeType
}

// Function is a function of a cell that Text makes remote.
type Function struct {
	Text     string
	Captures []string // variables of Text
	core.NativeFunc
}

// source is the whole file. Lines of Text keep their numbers.
func (p *Program) source() []byte {
	var b bytes.Buffer
	rest := p.Text
	if i := bytes.IndexByte(p.Text, '\n'); i >= 0 {
		rest = p.Text[i:]
	}
	fmt.Fprintf(&b, "package main; import workerˑ %q; import reflectˑ \"reflect\"", workerPath)
	b.Write(rest)
	types := func(name string, texts []string) {
		fmt.Fprintf(&b, "\t\t%s: []reflectˑ.Type{", name)
		for _, t := range texts {
			fmt.Fprintf(&b, "reflectˑ.TypeFor[%s](), ", t)
		}
		b.WriteString("},\n")
	}
	b.WriteString("\nfunc main() {\n\tworkerˑ.NativeMain(workerˑ.NativeProgram{\n")
	if len(p.Globals) > 0 {
		fmt.Fprintf(&b, "\t\tGlobals: []any{&%s},\n", strings.Join(p.Globals, ", &"))
	}
	fmt.Fprintf(&b, "\t\tMaker: %s,\n", p.Maker)
	types("Captures", p.CaptureTypes)
	var own []string
	for _, t := range p.Types {
		own = append(own, t.Text)
	}
	types("Types", own)
	types("Foreign", p.Foreign)
	if p.Rows.Type != "" {
		maker := "Rows"
		if p.Rows.Context {
			maker += "Context"
		}
		if p.Rows.Error {
			maker += "Error"
		}
		fmt.Fprintf(&b, "\t\tRows: func(f any) any { return workerˑ.%s(f.(%s)) },\n", maker, p.Rows.Type)
	}
	if p.StateText != "" {
		fmt.Fprintf(&b, "\t\tState: reflectˑ.TypeFor[%s](),\n\t\tMethods: map[string]func(any) any{\n", p.StateText)
		for _, m := range p.Methods {
			fmt.Fprintf(&b, "\t\t\t%q: func(s any) any { return s.(%s).%s },\n", m, p.StateText, m)
		}
		b.WriteString("\t\t},\n")
	}
	if len(p.Functions) > 0 {
		b.WriteString("\t\tFunctions: []workerˑ.NativeFunction{\n")
		for _, f := range p.Functions {
			fmt.Fprintf(&b, "\t\t\t{Func: %s", f.Text)
			if len(f.Captures) > 0 {
				fmt.Fprintf(&b, ", Captures: []any{&%s}", strings.Join(f.Captures, ", &"))
			}
			b.WriteString("},\n")
		}
		b.WriteString("\t\t},\n")
	}
	b.WriteString("\t})\n}\n")
	return b.Bytes()
}
