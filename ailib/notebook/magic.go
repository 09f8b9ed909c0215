package notebook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/runtime/native"
)

var _ plugin.Magician = (*Plugin)(nil)

// Magics are %native and %%native.
func (p *Plugin) Magics() []plugin.Magic {
	return []plugin.Magic{
		{Name: "%native", Usage: "%native", Help: "which functions run compiled, and why others do not", Run: nativeStatus},
		{Name: "%%native", Usage: "%%native", Help: "run the cell, and its functions compiled from then on", Run: p.nativeCell},
	}
}

func nativeStatus(run func(string) error, _, _ string) error { return run("ray.NativeStatus()") }

// remoteName ends the name of the variable that holds a function's remote form.
const remoteName = "ˑnative"

// nativeCell runs a cell and compiles its functions. Calls from the notebook then run in a native
// program: arguments and results are copied. Where a function cannot be compiled it stays as it is.
func (p *Plugin) nativeCell(run func(string) error, _, body string) error {
	if err := run(body); err != nil {
		return err
	}
	functions, others := declaredFunctions(body)
	for name, why := range others {
		fmt.Printf("interpreted: %s: %s\n", name, why)
	}
	if len(functions) == 0 {
		return nil
	}
	if p.tier == nil {
		fmt.Println("interpreted: this engine compiles nothing")
		return nil
	}
	before := len(p.tier.Status())
	source := "if !ray.IsInitialized() { _ = ray.Must(ray.Init()) }\n"
	for _, f := range functions {
		source += f.remote()
	}
	if err := run(source + "_ = ray.WaitNative(context.Background());"); err != nil {
		return err
	}
	compiled := map[string]bool{}
	for i, s := range p.tier.Status() {
		for _, f := range functions {
			if s.Func != f.name {
				continue
			}
			compiled[f.name] = s.State == native.StateNative
			f.note = fmt.Sprintf("interpreted: %s: %s", f.name, s.Reason)
			if compiled[f.name] {
				f.note = fmt.Sprintf("native: %s (compiled in %.0f ms)", f.name, s.Millis)
				if s.Cached || i < before {
					f.note = fmt.Sprintf("native: %s (compiled before)", f.name)
				}
			}
		}
	}
	source = ""
	for _, f := range functions {
		if f.note != "" {
			fmt.Println(f.note)
		}
		if compiled[f.name] {
			source += f.wrapper()
		}
	}
	if source == "" {
		return nil
	}
	return run(source)
}

// declared is a function of a cell that can be called natively.
type declared struct {
	name, params, results string // as written
	args                  []string
	result                string // without the error; empty for none
	err                   bool
	note                  string
}

// remote makes its remote form. It takes no CPU of the session's: the notebook waits for it.
func (f *declared) remote() string {
	result := f.result
	if result == "" {
		result = "any"
	}
	return fmt.Sprintf("%s%s := ray.Remote[%s](%s).Options(ray.Native, ray.NumCPUs(0))\n", f.name, remoteName, result, f.name)
}

// wrapper declares the function anew, which earlier callers follow.
func (f *declared) wrapper() string {
	call := fmt.Sprintf("v, err := ray.Get(%s%s.Remote(%s))", f.name, remoteName, strings.Join(f.args, ", "))
	end := "_ = v; if err != nil { panic(err) }"
	switch {
	case f.result != "" && f.err:
		end = "return v, err"
	case f.result != "":
		end = "if err != nil { panic(err) }; return v"
	case f.err:
		end = "_ = v; return err"
	}
	return fmt.Sprintf("func %s(%s) (%s) { %s; %s }\n", f.name, f.params, f.results, call, end)
}

// declaredFunctions finds the functions that a cell declares at its top level; others are those
// that stay interpreted, and why.
func declaredFunctions(body string) (l []*declared, others map[string]string) {
	others = map[string]string{}
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(body))
	var s scanner.Scanner
	s.Init(file, []byte(body), func(token.Position, string) {}, 0)
	depth, start := 0, -1
	for {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return l, others
		case token.FUNC:
			if depth == 0 && start < 0 {
				start = file.Offset(pos)
			}
		case token.LBRACE, token.LPAREN, token.LBRACK:
			depth++
		case token.RBRACE, token.RPAREN, token.RBRACK:
			depth--
		case token.SEMICOLON:
			if depth == 0 && start >= 0 {
				if f, why := describeDeclared(body[start:file.Offset(pos)]); f != nil && why != "" {
					others[f.name] = why
				} else if f != nil {
					l = append(l, f)
				}
				start = -1
			}
		}
	}
}

// describeDeclared reads one declaration; why says what keeps it interpreted.
func describeDeclared(text string) (f *declared, why string) {
	const clause = "package p;"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", clause+text, 0)
	if err != nil || len(file.Decls) != 1 {
		return nil, ""
	}
	d, ok := file.Decls[0].(*ast.FuncDecl)
	if !ok || d.Body == nil {
		return nil, ""
	}
	write := func(n ast.Node) string {
		return text[fset.Position(n.Pos()).Offset-len(clause) : fset.Position(n.End()).Offset-len(clause)]
	}
	f = &declared{name: d.Name.Name}
	switch {
	case d.Recv != nil:
		return nil, ""
	case f.name == "main" || f.name == "init" || f.name == "_":
		return nil, ""
	case d.Type.TypeParams != nil:
		return f, "it is generic; an instance of it can be made remote"
	}
	var params []string
	for _, p := range d.Type.Params.List {
		if _, variadic := p.Type.(*ast.Ellipsis); variadic {
			return f, "it is variadic"
		}
		for range max(1, len(p.Names)) {
			name := fmt.Sprintf("p%d", len(f.args))
			f.args = append(f.args, name)
			params = append(params, name+" "+write(p.Type))
		}
	}
	if len(f.args) > 0 && strings.HasSuffix(params[0], " context.Context") {
		f.args = f.args[1:] // the task has its own
	}
	f.params = strings.Join(params, ", ")
	var results []string
	if d.Type.Results != nil {
		for _, r := range d.Type.Results.List {
			for range max(1, len(r.Names)) {
				results = append(results, write(r.Type))
			}
		}
	}
	f.results = strings.Join(results, ", ")
	if n := len(results); n > 0 && results[n-1] == "error" {
		f.err, results = true, results[:n-1]
	}
	switch len(results) {
	case 0:
	case 1:
		f.result = results[0]
	default:
		return f, "it has several results"
	}
	return f, ""
}
