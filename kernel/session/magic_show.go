package session

import (
	"context"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// showAs makes a cell magic that shows the cell's text in one form.
func showAs(form func(string) display.Data) func(*Local, context.Context, engine.Cell, string, string, *Outcome) error {
	return func(_ *Local, _ context.Context, _ engine.Cell, _, body string, out *Outcome) error {
		b := display.Of(form(body))
		out.Result = &b
		return nil
	}
}
