package lang

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
)

// item is one declaration or statement of a cell: src[start:end], with the comments before it and
// the semicolon that a person wrote after it.
type item struct {
	start, end int
	decl       bool // import, type, const or func; a var is a statement, run in its turn
	silent     bool // ends in a written semicolon
}

// bracket is one that is still open.
type bracket struct {
	tok    token.Token
	offset int
}

// pieces is a cell taken apart, by tokens alone: it need not parse.
type pieces struct {
	items   []item
	file    bool      // begins with a package clause
	open    []bracket // never closed
	stray   *bracket  // a closing bracket without an opening one, or of another kind
	last    token.Token
	lastEnd int  // offset after the last token
	literal bool // a raw string or comment never ends,
	from    int  // which begins here
}

var closes = map[token.Token]token.Token{token.RBRACE: token.LBRACE, token.RPAREN: token.LPAREN, token.RBRACK: token.LBRACK}

// split takes a cell apart at the semicolons, written or implied, outside all brackets.
func split(src string) pieces {
	var p pieces
	fset := token.NewFileSet()
	f := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(f, []byte(src), func(pos token.Position, msg string) {
		if msg == "comment not terminated" || msg == "raw string literal not terminated" {
			p.literal, p.from = true, pos.Offset
		}
	}, 0)
	start := 0
	var head []token.Token // of the current item
	for {
		pos, tok, lit := s.Scan()
		off := f.Offset(pos)
		if tok == token.EOF {
			if len(head) > 0 {
				p.items = append(p.items, item{start: start, end: len(src), decl: isDecl(head)})
			}
			return p
		}
		if tok == token.SEMICOLON && len(p.open) == 0 && !(lit == ";" && inHeader(head, p.last, src[start:off])) {
			end := off
			if lit == ";" {
				end++
			}
			switch {
			case len(head) == 0: // an empty statement
			case head[0] == token.PACKAGE && len(p.items) == 0:
				p.file = true
			default:
				p.items = append(p.items, item{start: start, end: end, decl: isDecl(head), silent: lit == ";"})
			}
			if len(head) > 0 || lit == ";" {
				start = end
			}
			if len(head) == 0 && lit == ";" && len(p.items) > 0 {
				p.items[len(p.items)-1].silent = true
			}
			head = head[:0]
			continue
		}
		if tok != token.SEMICOLON {
			p.last, p.lastEnd = tok, off+max(len(lit), len(tok.String()))
		}
		if len(p.open) == 0 || len(p.open) == 1 && (tok == token.RPAREN || tok == token.RBRACK) {
			head = append(head, tok)
		}
		switch tok {
		case token.LBRACE, token.LPAREN, token.LBRACK:
			p.open = append(p.open, bracket{tok, off})
		case token.RBRACE, token.RPAREN, token.RBRACK:
			if n := len(p.open); n > 0 && p.open[n-1].tok == closes[tok] {
				p.open = p.open[:n-1]
			} else if p.stray == nil {
				p.stray = &bracket{tok, off}
			}
		}
	}
}

// inHeader says whether a written semicolon, outside brackets, is one of a for, if or switch
// header. After a closing brace, it is unless the text so far is a statement: the brace may end a
// function literal.
func inHeader(head []token.Token, last token.Token, text string) bool {
	for len(head) > 2 && head[0] == token.IDENT && head[1] == token.COLON {
		head = head[2:]
	}
	if len(head) == 0 || head[0] != token.FOR && head[0] != token.IF && head[0] != token.SWITCH {
		return false
	}
	if last != token.RBRACE {
		return true
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p;func _(){"+text+"\n}", parser.SkipObjectResolution)
	return err != nil
}

// isDecl says whether an item that begins with these tokens (its outermost ones) is a declaration.
func isDecl(head []token.Token) bool {
	switch head[0] {
	case token.IMPORT, token.TYPE, token.CONST:
		return true
	case token.FUNC:
		// func name…, or a method: func (…) name (…). A function literal has neither.
		return len(head) > 1 && head[1] == token.IDENT ||
			len(head) > 4 && head[1] == token.LPAREN && head[2] == token.RPAREN && head[3] == token.IDENT && head[4] == token.LPAREN
	}
	return false
}

// only returns src with everything but the wanted items blanked, so that offsets and lines stay.
func (p *pieces) only(src string, want func(item) bool) []byte {
	out := bytes.Repeat([]byte{' '}, len(src))
	for i := range len(src) {
		if src[i] == '\n' {
			out[i] = '\n'
		}
	}
	for _, it := range p.items {
		if want(it) {
			copy(out[it.start:it.end], src[it.start:it.end])
		}
	}
	return out
}

// complain reports brackets that do not match; the parser's own words about them are confusing,
// because it sees declarations and statements apart.
func (p *pieces) complain(c *source) bool {
	switch {
	case p.stray != nil:
		msg := fmt.Sprintf("syntax error: unexpected %s", p.stray.tok)
		hint := ""
		if n := len(p.open); n > 0 && p.open[n-1].offset < p.stray.offset {
			line, _ := c.lineColumn(p.open[n-1].offset)
			hint = fmt.Sprintf("the %s of line %d is still open", p.open[n-1].tok, line)
		}
		c.report(p.stray.offset, p.stray.offset+1, msg, hint)
	case p.literal:
		msg := "syntax error: comment is never closed"
		if c.text[p.from] == '`' {
			msg = "syntax error: raw string is never closed"
		}
		c.report(p.from, p.from+1, msg, "")
	case len(p.open) > 0:
		b := p.open[len(p.open)-1]
		c.report(b.offset, b.offset+1, fmt.Sprintf("syntax error: %s is never closed", b.tok), "")
	default:
		return false
	}
	return true
}
