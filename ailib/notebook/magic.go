package notebook

import (
	"fmt"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/goray/goray/kernel/plugin"
)

var _ plugin.Magician = (*Plugin)(nil)

// Magics are %native and %%native.
func (p *Plugin) Magics() []plugin.Magic {
	return []plugin.Magic{
		{Name: "%native", Usage: "%native", Help: "which functions run compiled, and why others do not", Run: nativeStatus},
		{Name: "%%native", Usage: "%%native", Help: "run the cell, and its functions compiled from then on", Run: nativeCell},
	}
}

func nativeStatus(run func(string) error, _, _ string) error { return run("ray.NativeStatus()") }

// nativeCell runs a cell and compiles its functions: see ray.Natively.
func nativeCell(run func(string) error, _, body string) error {
	if err := run(body); err != nil {
		return err
	}
	var source strings.Builder
	functions := declaredFunctions(body)
	for _, name := range functions { // they are compiled side by side
		fmt.Fprintf(&source, "_ = ray.Remote[any](%s);", name)
	}
	for _, name := range functions {
		fmt.Fprintf(&source, "if err := ray.Natively(%[1]s); err == nil { fmt.Println(\"native: %[1]s\") } else { fmt.Println(\"interpreted: %[1]s:\", err) };", name)
	}
	if len(functions) == 0 {
		return nil
	}
	return run(source.String())
}

// declaredFunctions names the functions that a cell declares at its top level. Generic ones are left
// out: only their instances are functions.
func declaredFunctions(body string) (names []string) {
	file := token.NewFileSet().AddFile("", -1, len(body))
	var s scanner.Scanner
	s.Init(file, []byte(body), func(token.Position, string) {}, 0)
	depth, first := 0, true // first of a statement
	for {
		_, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return names
		case token.FUNC:
			if depth == 0 && first {
				_, tok, name := s.Scan()
				if _, next, _ := s.Scan(); tok == token.IDENT && next == token.LPAREN {
					if name != "main" && name != "init" && name != "_" {
						names = append(names, name)
					}
				}
				depth++ // of the parameters, of a method's receiver, or of type parameters
				first = false
				continue
			}
		case token.LBRACE, token.LPAREN, token.LBRACK:
			depth++
		case token.RBRACE, token.RPAREN, token.RBRACK:
			depth--
		}
		first = tok == token.SEMICOLON && depth == 0
	}
}
