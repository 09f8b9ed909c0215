package session

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// lexeme is a token of a cell.
type lexeme struct {
	tok token.Token
	lit string
	at  int
}

func lexemes(source string) (all []lexeme) {
	var s scanner.Scanner
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(source))
	s.Init(file, []byte(source), nil, 0)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return all
		}
		all = append(all, lexeme{tok, lit, file.Offset(min(pos, token.Pos(file.Base()+file.Size())))})
	}
}

// repeatable says whether a statement can be run again without any effect but its variable, which
// it names: name := func(…) {…}, and calls such as name := ray.Remote[int](square), whose argument
// is a name or a function literal.
func repeatable(statement string, calls []string) (name string, ok bool) {
	all := lexemes(statement)
	if n := len(all); n > 0 && all[n-1].tok == token.SEMICOLON {
		all = all[:n-1]
	}
	if len(all) < 4 || all[0].tok != token.IDENT || all[1].tok != token.DEFINE {
		return "", false
	}
	name, all = all[0].lit, all[2:]
	if all[0].tok == token.FUNC {
		return name, isLiteral(all)
	}
	if len(all) < 5 || all[0].tok != token.IDENT || all[1].tok != token.PERIOD || !slices.Contains(calls, all[0].lit+"."+all[2].lit) {
		return "", false
	}
	all = all[3:]
	if all[0].tok == token.LBRACK {
		all = all[pastBracket(all):]
	}
	if len(all) < 3 || all[0].tok != token.LPAREN || pastBracket(all) != len(all) {
		return "", false
	}
	all = all[1 : len(all)-1]
	if all[0].tok == token.FUNC {
		return name, isLiteral(all)
	}
	for i, x := range all { // name, or package.name, or (*T).Method has no call either
		if want := [2]token.Token{token.IDENT, token.PERIOD}[i%2]; x.tok != want {
			return "", false
		}
	}
	return name, len(all)%2 == 1
}

// pastBracket is where the bracket that all begins with has closed, past its end.
func pastBracket(all []lexeme) int {
	depth := 0
	for i, x := range all {
		switch x.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(all)
}

// isLiteral says whether all is a function literal and nothing after it.
func isLiteral(all []lexeme) bool {
	for i := 1; i < len(all); {
		switch all[i].tok {
		case token.LBRACE:
			return i+pastBracket(all[i:]) == len(all)
		case token.LPAREN, token.LBRACK:
			i += pastBracket(all[i:])
		case token.INTERFACE, token.STRUCT: // their braces are a result type's
			if i++; i < len(all) && all[i].tok == token.LBRACE {
				i += pastBracket(all[i:])
			}
		default:
			i++
		}
	}
	return false
}

// changedIn lists names that a cell may give other values: what stands left of an assignment, and
// what it takes the address of.
func changedIn(source string) map[string]bool {
	names := map[string]bool{}
	var statement []string
	all := lexemes(source)
	for i, x := range all {
		switch {
		case x.tok == token.IDENT:
			statement = append(statement, x.lit)
			if i > 0 && all[i-1].tok == token.AND {
				names[x.lit] = true
			}
		case x.tok == token.SEMICOLON || x.tok == token.LBRACE || x.tok == token.RBRACE:
			statement = nil
		case x.tok >= token.ADD_ASSIGN && x.tok <= token.AND_NOT_ASSIGN, x.tok == token.ASSIGN, x.tok == token.INC, x.tok == token.DEC:
			for _, n := range statement {
				names[n] = true
			}
		}
	}
	return names
}

// nameOf is what a declaration declares, for people.
func nameOf(declaration string) string {
	head, _, _ := strings.Cut(strings.TrimSpace(declaration), "{")
	head, _, _ = strings.Cut(head, "\n")
	if rest, ok := strings.CutPrefix(head, "func "); ok && !strings.HasPrefix(rest, "(") {
		head, _, _ = strings.Cut(rest, "(")
	} else if name, _, ok := strings.Cut(head, ":="); ok {
		head = name
	}
	return strings.TrimSpace(head)
}
