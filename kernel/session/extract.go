package session

import (
	"go/scanner"
	"go/token"
	"strings"
)

// span is a piece of source.
type span struct {
	Start int `json:"start"`
	End   int `json:"end"`
	// Variable is declared by a statement that can be repeated; empty for other declarations.
	Variable string `json:"variable,omitempty"`
}

// declared finds the imports, constants, types and functions that a cell declares at its top
// level, among whatever statements, and the statements that can be repeated; see repeatable.
func declared(source string, calls ...string) (all []span) {
	var s scanner.Scanner
	bad := false
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(source))
	s.Init(file, []byte(source), func(token.Position, string) { bad = true }, 0)
	var first []token.Token // of the statement
	start, depth := -1, 0
	for {
		pos, tok, _ := s.Scan()
		at := file.Offset(min(pos, token.Pos(file.Base()+file.Size())))
		if depth == 0 && (tok == token.SEMICOLON || tok == token.EOF) {
			if start >= 0 && isDeclaration(first) && !runsAtOnce(source[start:at]) {
				all = append(all, span{Start: start, End: at})
			} else if len(first) > 2 && first[1] == token.DEFINE {
				if name, ok := repeatable(source[start:at], calls); ok {
					all = append(all, span{start, at, name})
				}
			}
			first, start = nil, -1
			if tok == token.EOF {
				break
			}
			continue
		}
		if start < 0 {
			start = at
		}
		if depth == 0 && len(first) < 4 {
			first = append(first, tok)
		}
		switch tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		case token.EOF:
			return nil
		}
	}
	if bad {
		return nil
	}
	return all
}

// runsAtOnce says that a declaration has effects when it is made: a program's main function is run
// by its cell, and so is init.
func runsAtOnce(declaration string) bool {
	return strings.HasPrefix(declaration, "func main(") || strings.HasPrefix(declaration, "func init(")
}

// isDeclaration looks at the first tokens of a statement, without what is in brackets and the
// closing ones.
func isDeclaration(first []token.Token) bool {
	switch {
	case len(first) == 0:
		return false
	case first[0] == token.IMPORT || first[0] == token.CONST || first[0] == token.TYPE:
		return true
	case first[0] != token.FUNC || len(first) < 2:
		return false
	case first[1] == token.IDENT: // func name(
		return true
	}
	return len(first) > 3 && first[1] == token.LPAREN && first[2] == token.IDENT && first[3] == token.LPAREN // a method
}

// only blanks out everything but spans, so that lines and columns stay.
func only(source string, spans ...span) string {
	var b strings.Builder
	at := 0
	for _, s := range append(spans[:len(spans):len(spans)], span{Start: len(source), End: len(source)}) {
		for _, c := range []byte(source[at:s.Start]) {
			if c != '\n' {
				c = ' '
			}
			b.WriteByte(c)
		}
		b.WriteString(source[s.Start:s.End])
		at = s.End
	}
	return b.String()
}
