package session

import (
	"fmt"
	"strings"
)

// SessionError means that the process in which cells run has ended, or does not start.
type SessionError struct {
	Reason   string
	Restored []string // variables that its successor has
	Lost     []Loss   // variables and functions that it has not
	Dump     []string // what the process said at its end, the first lines
}

func (e *SessionError) Error() string {
	return e.Reason + revival{Restored: e.Restored, Lost: e.Lost}.text()
}

// ErrorName is Jupyter's ename.
func (e *SessionError) ErrorName() string { return "SessionError" }

// kill ends a child for a reason of ours.
func (a *attempt) kill(cause string) {
	a.mu.Lock()
	a.cause = cause
	a.mu.Unlock()
	a.process.Kill()
}

// epitaph says why a child died: its end, and what we, the system or it itself said about that.
// killings says that the system has killed for want of memory meanwhile.
func (a *attempt) epitaph(state string, killings bool) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch words := lastWords(a.gasp.words(a.stderr.last())); {
	case a.cause != "":
		return state + ": " + a.cause
	case killings && state == killedState:
		return fmt.Sprintf("%s: the system ended it for want of memory; it held %s", state, bytesText(a.seen.held))
	case words != "" && state != killedState: // who is killed has no time for words
		return state + ": " + words
	}
	return state
}

const killedState = "signal: killed"

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

// bury makes the error of the cell in which the child died, when its successor is ready.
func (s *Supervisor) bury(a *attempt, number int) *SessionError {
	if s.ctx.Err() != nil {
		return &SessionError{Reason: "the kernel shuts down", Dump: a.gasp.beginning()}
	}
	e := s.obituary(say("the session process ended in In[%d] (%s)", number, a.reason), number)
	e.Dump = a.gasp.beginning()
	return e
}

// mourn tells a cell of a child that died before it.
func (s *Supervisor) mourn(run uint64) {
	s.mu.Lock()
	a := s.died
	s.died = nil
	s.mu.Unlock()
	if a != nil {
		e := s.obituary(say("the session process has ended between two cells (%s)", a.reason), 0)
		s.sink.Stream(run, "stderr", []byte(e.Error()+"\n"))
	}
}

func (s *Supervisor) obituary(reason string, number int) *SessionError {
	e := &SessionError{Reason: reason}
	if _, err := s.child(s.ctx); err != nil {
		e.Reason += "; another one does not start: " + err.Error()
		return e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.died = nil
	r := s.revived
	e.Restored, e.Lost = r.Restored, r.Lost
	e.Reason += say("; a new one takes over")
	if n := len(r.Cells); n == 1 {
		e.Reason += say(", with the functions and types of one cell")
	} else if n > 1 {
		e.Reason += say(", with the functions and types of %d cells", n)
	}
	if len(r.Restored) > 0 && number > 0 {
		e.Reason += say(". The variables are as they were before this cell")
		if r.AsOf < number-1 {
			e.Reason += say(", or rather after In[%d], when there was time for the last snapshot", r.AsOf)
		}
	}
	e.Reason += "."
	if len(e.Lost) > 0 {
		e.Reason += say(" Run the cells again that compute what is lost.")
	}
	return e
}
