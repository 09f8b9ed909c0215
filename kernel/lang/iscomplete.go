package lang

import (
	"go/token"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// IsComplete says whether source can run as it stands, needs more lines, or can never be right.
// The indent of the next line is tabs.
func (s *Session) IsComplete(source string) (status engine.Completeness, indent string) {
	p := split(source)
	switch {
	case p.literal:
		return engine.Incomplete, ""
	case p.stray != nil:
		return engine.Invalid, ""
	case len(p.open) > 0:
		return engine.Incomplete, strings.Repeat("\t", len(p.open))
	case continues(p.last):
		return engine.Incomplete, "\t"
	}
	u := &unit{s: s, src: newSource("In[0]", source)}
	defer u.forget()
	if !u.parse() {
		return engine.Invalid, ""
	}
	return engine.Complete, ""
}

// continues says whether a line that ends in tok goes on in the next.
func continues(tok token.Token) bool {
	switch tok {
	case token.INC, token.DEC, token.RPAREN, token.RBRACK, token.RBRACE, token.SEMICOLON, token.ILLEGAL,
		token.BREAK, token.CONTINUE, token.FALLTHROUGH, token.RETURN:
		return false
	}
	return tok.IsOperator() || tok.IsKeyword()
}
