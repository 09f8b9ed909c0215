package lang

import (
	"go/scanner"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

type region int

const (
	inCode region = iota
	inComment
	inString
	inImport // inside the string of an import
)

// wordStart is where the identifier that ends at cursor begins.
func wordStart(s string, cursor int) int {
	for cursor > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:cursor])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		cursor -= n
	}
	return cursor
}

// wordEnd is where the identifier at cursor ends.
func wordEnd(s string, cursor int) int {
	for cursor < len(s) {
		r, n := utf8.DecodeRuneInString(s[cursor:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		cursor += n
	}
	return cursor
}

// context says what the end of text is inside of, and where the string that it is in begins.
func context(text string) (where region, from int) {
	var s scanner.Scanner
	f := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(f, []byte(text), nil, scanner.ScanComments)
	first := token.EOF // of the statement
	for {
		pos, tok, lit := s.Scan()
		off := f.Offset(pos)
		switch tok {
		case token.EOF:
			return inCode, len(text)
		case token.COMMENT:
			open := strings.HasPrefix(lit, "//") || len(lit) < 4 || !strings.HasSuffix(lit, "*/")
			if open && off+len(lit) >= len(text) {
				return inComment, off
			}
			continue
		case token.STRING, token.CHAR:
			if off+len(lit) >= len(text) && (len(lit) < 2 || lit[len(lit)-1] != lit[0]) {
				if first == token.IMPORT && tok == token.STRING {
					return inImport, off + 1
				}
				return inString, off + 1
			}
		case token.SEMICOLON:
			if first != token.IMPORT || lit == ";" {
				first = token.EOF
			}
			continue
		case token.RPAREN:
			if first == token.IMPORT {
				first = tok
			}
		}
		if first == token.EOF || first == token.IMPORT && tok != token.IMPORT && tok != token.STRING && tok != token.LPAREN && tok != token.IDENT && tok != token.PERIOD {
			first = tok
		}
	}
}

// closed adds the brackets that text leaves open.
func closed(text string) string {
	p := split(text)
	var b strings.Builder
	b.WriteString(text)
	for i := len(p.open) - 1; i >= 0; i-- {
		switch p.open[i].tok {
		case token.LBRACE:
			b.WriteString("\n}")
		case token.LPAREN:
			b.WriteString(")")
		case token.LBRACK:
			b.WriteString("]")
		}
	}
	return b.String()
}
