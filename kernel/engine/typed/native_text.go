package typed

import (
	"bytes"
	"go/scanner"
	"go/token"

	"github.com/goray/goray/kernel/engine"
)

// nativeText is the text of a native program while it grows. Its layout depends on the tokens
// alone: a line ends wherever the language allows it, so that each has one place in the cells.
type nativeText struct {
	text   []byte
	places []engine.NativePlace // of the lines that have ended
	place  engine.NativePlace   // of the line that grows
}

// raw appends text that no cell has.
func (t *nativeText) raw(s string) {
	t.text = append(t.text, s...)
	for range bytes.Count([]byte(s), []byte("\n")) {
		t.endLine()
	}
}

func (t *nativeText) endLine() {
	t.places = append(t.places, t.place)
	t.place = engine.NativePlace{}
}

// word appends a token; breaks says that a line may end behind it.
func (t *nativeText) word(s string, p engine.NativePlace, breaks bool) {
	if t.place.Line == 0 {
		t.place = p
	}
	t.text = append(t.text, s...)
	for range bytes.Count([]byte(s), []byte("\n")) { // a raw string
		t.endLine()
		t.place = p
	}
	if breaks {
		t.text = append(t.text, '\n')
		t.endLine()
	} else {
		t.text = append(t.text, ' ')
	}
}

// endsStatement says whether a line break behind a token would end the statement.
func endsStatement(tok token.Token) bool {
	switch tok {
	case token.BREAK, token.CONTINUE, token.FALLTHROUGH, token.RETURN, token.INC, token.DEC, token.RPAREN, token.RBRACK, token.RBRACE:
		return true
	}
	return tok.IsLiteral()
}

// copyPiece repeats a part of a cell with its edits.
func (n *nativeWriter) copyPiece(p *nativePiece) {
	cell := n.d.ship.Bundle.Cells[p.cell]
	name := cell.Label()
	line := 1 + bytes.Count([]byte(cell.Text[:p.start]), []byte("\n"))
	if p.before != "" {
		n.out.word(p.before, engine.NativePlace{Cell: name, Line: line}, false)
	}
	src := []byte(cell.Text[p.start:p.end])
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	// A separator is written when it is known that no closing bracket follows, before which it may
	// be left out.
	held := ""
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return
		}
		place := engine.NativePlace{Cell: name, Line: line + file.Line(pos) - 1}
		if tok == token.SEMICOLON {
			if held != "" { // for ;; {
				n.out.word(held, place, true)
			}
			held = ";"
			continue
		}
		if held != "" && !(tok == token.RBRACE || tok == token.RPAREN) {
			n.out.word(held, place, true)
		}
		held = ""
		if tok == token.COMMA {
			held = ","
			continue
		}
		text := lit
		if !tok.IsLiteral() {
			text = tok.String()
		}
		edited, ok := p.edits[p.start+file.Offset(pos)]
		switch {
		case !ok:
			n.out.word(text, place, !endsStatement(tok))
		case edited != "":
			n.out.word(edited, place, false)
		}
	}
}
