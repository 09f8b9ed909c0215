package repl

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/repl/edit"
)

// editorReader is the line editor as a reader. It owns the terminal only inside read.
type editorReader struct {
	term    terminal
	editor  *edit.Editor
	history *history
}

// editor makes the line editor of this shell.
func (s *shell) editor(in *os.File, ready func(string) bool) *editorReader {
	e := &edit.Editor{In: io.MultiReader(bytes.NewReader(s.term.ahead), in), Out: s.opts.Out, Ready: ready, History: s.history}
	e.Raw = func() (func(), error) {
		state, err := term.MakeRaw(int(in.Fd()))
		if err != nil {
			return nil, err
		}
		return func() { term.Restore(int(in.Fd()), state) }, nil
	}
	e.Size = func() (int, int) {
		if columns, rows, err := term.GetSize(int(in.Fd())); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
		return 80, 24
	}
	if e.Color = s.term.color; e.Color {
		e.Highlight = highlight
	}
	e.Complete = func(source string, cursor int) (int, []edit.Item) { return items(s.completions(source, cursor)) }
	return &editorReader{s.term, e, s.history}
}

func (r *editorReader) read(number int) (string, error) {
	r.editor.Prompt = r.term.paint("1;34", primaryPrompt(number))
	r.editor.More = r.term.paint("2", secondaryPrompt(number))
	cell, err := r.editor.Read()
	if errors.Is(err, edit.ErrCleared) {
		return "", errCleared
	}
	if err == nil {
		r.history.Write(cell)
	}
	return cell, err
}

// items translates the engine's completions.
func items(c engine.Completions) (start int, out []edit.Item) {
	for _, item := range c.Items {
		description := item.Signature
		if description == "" {
			description = item.Kind
		}
		out = append(out, edit.Item{Text: item.Text, Description: strings.Join(strings.Fields(description), " ")})
	}
	return c.Start, out
}
