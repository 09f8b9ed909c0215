package session

import (
	"context"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// asking says what the next shell command reads from the person at the front end; nil is nothing.
type asking struct{ password bool }

func askForCommand(password bool) magicFunc {
	return func(l *Local, _ context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
		l.asking = &asking{password}
		return nil
	}
}

// settled is how long a command has to end after it was given a line; then it is taken to read
// another one.
const settled = 300 * time.Millisecond

// answered connects a command's standard input to the front end, if %with_inputs or
// %with_password stand before it. The returned function is called when the command has ended.
func (l *Local) answered(cmd *exec.Cmd) (ended func(), err error) {
	how := l.asking
	l.asking = nil
	if how == nil {
		return func() {}, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdin = r
	done := make(chan struct{})
	go func() {
		defer w.Close()
		for {
			select {
			case <-done:
				return
			case <-time.After(settled):
			}
			text, err := display.Input("", how.password)
			if err != nil {
				return // the command reads the end of its input
			}
			if _, err := io.WriteString(w, text+"\n"); err != nil {
				return
			}
		}
	}()
	return func() { close(done); r.Close() }, nil
}
