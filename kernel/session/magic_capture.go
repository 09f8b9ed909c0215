package session

import (
	"context"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// capture copies what the rest of the cell writes to standard output, or shows, to a file.
func capture(l *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	name, flags := appending(args)
	if name == "" {
		return &MagicError{"%capture", "no file named; write %capture name.txt"}
	}
	f, err := os.OpenFile(os.ExpandEnv(name), flags, 0o644)
	if err != nil {
		return &MagicError{"%capture", err.Error()}
	}
	var mu sync.Mutex
	write := func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		f.Write(b)
	}
	end, err := tee(write)
	if err != nil {
		f.Close()
		return &MagicError{"%capture", err.Error()}
	}
	restore := display.SetScreen(captured{l.screen(), write})
	l.atEnd(func() {
		end()
		restore()
		f.Close()
	})
	return nil
}

// appending takes -a from a magic's arguments; flags are those to open the file with.
func appending(args string) (name string, flags int) {
	if rest, ok := strings.CutPrefix(args, "-a "); ok {
		return strings.TrimSpace(rest), os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	return args, os.O_CREATE | os.O_WRONLY | os.O_TRUNC
}

// tee has copy called with what this process writes to descriptor 1, until end. It is the
// descriptor that is exchanged, and not os.Stdout, which goroutines may be reading.
func tee(copy func([]byte)) (end func(), err error) {
	const stdout = 1
	saved, err := unix.Dup(stdout)
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(saved)
	old := os.NewFile(uintptr(saved), "stdout")
	r, w, err := os.Pipe()
	if err != nil {
		old.Close()
		return nil, err
	}
	defer w.Close()
	if err := unix.Dup2(int(w.Fd()), stdout); err != nil {
		r.Close()
		old.Close()
		return nil, err
	}
	all := newOutput(r, func(b []byte) {
		old.Write(b)
		copy(b)
	})
	return func() {
		unix.Dup2(saved, stdout)
		all.close() // commands that the cell has left behind may still hold the pipe
		old.Close()
	}, nil
}

// captured is the screen of a cell under %capture.
type captured struct {
	display.Screen
	write func([]byte)
}

func (c captured) Display(id string, b display.Bundle) {
	for _, mime := range []string{display.MIMETypeMarkdown, display.MIMETypeHTML, display.MIMETypeText} {
		if s, ok := b.Data[mime].(string); ok {
			c.write([]byte(s))
			break
		}
	}
	c.Screen.Display(id, b)
}
