package session

import (
	"fmt"
	"strings"
)

// SessionError means that the process in which cells run has ended, or does not start.
type SessionError struct {
	Reason string
	Lost   []string // variables
	Dump   []string // what the process said at its end, the first lines
}

func (e *SessionError) Error() string {
	text := e.Reason
	switch n := len(e.Lost); {
	case n > 20:
		text += fmt.Sprintf("\nLost: the variables %s and %d more.", strings.Join(e.Lost[:20], ", "), n-20)
	case n > 1:
		text += "\nLost: the variables " + strings.Join(e.Lost, ", ") + "."
	case n == 1:
		text += "\nLost: the variable " + e.Lost[0] + "."
	}
	return text
}

// ErrorName is Jupyter's ename.
func (e *SessionError) ErrorName() string { return "SessionError" }

// epitaph says why a child died: its end, and what it last said about that.
func epitaph(state, stderr string) string {
	if words := lastWords(stderr); words != "" {
		return state + ": " + words
	}
	return state
}

// lastWords finds the line in which Go, or the program, says why it ends.
func lastWords(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for _, mark := range []string{"fatal error: ", "panic: ", "runtime: ", "SIG", "terminate called", "Assertion"} {
		for i := len(lines) - 1; i >= 0; i-- {
			if strings.HasPrefix(lines[i], mark) {
				return lines[i]
			}
		}
	}
	return lines[len(lines)-1]
}

// bury makes the error of the cell in which the child died.
func (s *Supervisor) bury(a *attempt) *SessionError {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &SessionError{Reason: "the session process ended in this cell (" + a.reason + ")", Lost: s.names, Dump: a.gasp.beginning()}
	s.names = nil
	if s.ctx.Err() != nil {
		e.Reason = "the kernel shuts down"
		return e
	}
	e.Reason += "; a new one takes over"
	if n := len(s.decls.cells); n == 1 {
		e.Reason += ", with the functions and types of one cell as far as they need no variable"
	} else if n > 1 {
		e.Reason += fmt.Sprintf(", with the functions and types of %d cells as far as they need no variable", n)
	}
	e.Reason += ". Run the cells again that compute what you need."
	return e
}
