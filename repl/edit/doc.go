// Package edit reads cells from a terminal: several lines, history, completion, colours.
//
//	e := &edit.Editor{In: os.Stdin, Out: os.Stdout, Raw: raw, Prompt: "> ", More: ". "}
//	cell, err := e.Read()
//
// Mental model: a loop of three steps. [keys] turns bytes into keys, the editor turns a key into a
// change of its [buffer], and the renderer draws prompt, text and completion list anew, from the
// first row that it drew before. It breaks long lines itself and never asks the terminal where its
// cursor is, so nothing that is typed ahead can be taken for an answer.
//
// Read returns io.EOF for Ctrl-D on an empty line and [ErrCleared] for Ctrl-C.
package edit
