package session

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func TestReport(t *testing.T) {
	_, missing := os.Open("/nowhere")
	for _, c := range []struct {
		err        error
		name, text string
	}{
		{&engine.CompileError{Diagnostics: []engine.Diagnostic{{
			Cell: "In[3]", Line: 2, Column: 8, End: 11, Text: "\tx :=  foo + 1", Message: "undefined: foo", Hint: "did you mean fool?",
		}}}, "CompileError", "In[3]:2:8: undefined: foo\n   2 | \tx :=  foo + 1\n     | \t      ^~~\n     did you mean fool?"},
		{&engine.CompileError{Diagnostics: []engine.Diagnostic{{
			Cell: "In[1]", Line: 1, Column: 15, Text: `s := "日本" +`, Message: "expected operand",
		}}}, "CompileError", "In[1]:1:15: expected operand\n   1 | s := \"日本\" +\n     |             ^"},
		{&engine.PanicError{Value: errors.New("index out of range"), Frames: []engine.Frame{
			{Function: "a"}, {Function: "b"}, {Function: "main.f", Cell: "In[2]", Line: 5}, {Function: "sort.Slice"}, {Function: "ˑrun$1", Cell: "In[3]", Line: 2}, {Function: "ˑrun", Cell: "In[3]", Line: 1},
		}}, "panic", "panic: index out of range\n    a … 1 more of compiled Go\n    In[2]:5  main.f\n    sort.Slice\n    In[3]:2  func1\n    In[3]:1"},
		{fmt.Errorf("wrapped: %w", engine.ErrInterrupted), "Interrupted", "the cell was interrupted"},
		{errors.New("plain"), "error", "error: plain"},
		{missing, "PathError", "PathError: open /nowhere: no such file or directory"},
		{ErrNoStdin, "StdinNotImplementedError", ErrNoStdin.Error()},
	} {
		r := NewReport(c.err, false)
		if r.Name != c.name || r.Text() != c.text {
			t.Errorf("%s:\n%s\nwant\n%s", r.Name, r.Text(), c.text)
		}
		if coloured := NewReport(c.err, true); coloured.Text() == r.Text() {
			t.Errorf("%s has no colour", r.Name)
		}
	}
}
