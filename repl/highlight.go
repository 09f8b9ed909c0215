package repl

import (
	"go/scanner"
	"go/token"
	"go/types"
	"strings"
)

// The colours are the terminal's own sixteen, which its owner has fitted to the background.
const (
	colorKeyword = "35" // magenta
	colorString  = "32" // green
	colorNumber  = "36" // cyan
	colorComment = "2"  // faint
	colorBuiltin = "34" // blue
	colorMagic   = "33" // yellow
)

// highlight colours Go source. Every byte of source stays where it is, so that a line editor may
// count columns in the original.
func highlight(source string) string {
	if trimmed := strings.TrimSpace(source); trimmed != "" && strings.ContainsRune("%!?:$", rune(trimmed[0])) {
		return "\x1b[" + colorMagic + "m" + source + "\x1b[0m"
	}
	var s scanner.Scanner
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(source))
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	var b strings.Builder
	done := 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		color := tokenColor(tok, lit)
		start := file.Offset(pos)
		if color == "" || start < done {
			continue
		}
		// The scanner drops carriage returns from a literal; the text we colour is the source's.
		end := min(start+len(lit), len(source))
		b.WriteString(source[done:start])
		b.WriteString("\x1b[" + color + "m" + source[start:end] + "\x1b[0m")
		done = end
	}
	b.WriteString(source[done:])
	return b.String()
}

func tokenColor(tok token.Token, lit string) string {
	switch {
	case tok.IsKeyword():
		return colorKeyword
	case tok == token.STRING || tok == token.CHAR:
		return colorString
	case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
		return colorNumber
	case tok == token.COMMENT:
		return colorComment
	case tok == token.IDENT && types.Universe.Lookup(lit) != nil:
		return colorBuiltin
	}
	return ""
}
