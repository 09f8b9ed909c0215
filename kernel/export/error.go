package export

import "fmt"

// Error says what of a notebook has no meaning in a program, and where.
type Error struct {
	Cell, Line int // the code cell's number, and the line in it, from 1
	Message    string
	Hint       string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("In[%d] line %d: %s", e.Cell, e.Line, e.Message)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}
