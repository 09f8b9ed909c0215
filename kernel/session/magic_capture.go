package session

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// capture copies what the rest of the cell writes to os.Stdout, or shows, to a file.
func capture(l *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if rest, ok := strings.CutPrefix(args, "-a "); ok {
		args, flags = strings.TrimSpace(rest), os.O_CREATE|os.O_WRONLY|os.O_APPEND
	}
	if args == "" {
		return &MagicError{"%capture", "no file named; write %capture name.txt"}
	}
	f, err := os.OpenFile(os.ExpandEnv(args), flags, 0o644)
	if err != nil {
		return &MagicError{"%capture", err.Error()}
	}
	r, w, err := os.Pipe()
	if err != nil {
		f.Close()
		return &MagicError{"%capture", err.Error()}
	}
	old := os.Stdout
	os.Stdout = w
	var mu sync.Mutex
	write := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		f.WriteString(s)
	}
	restore := display.SetScreen(captured{l.screen(), write})
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			old.Write(buf[:n])
			write(string(buf[:n]))
			if err == io.EOF || n == 0 && err != nil {
				return
			}
		}
	}()
	l.atEnd(func() {
		os.Stdout = old
		restore()
		w.Close()
		<-copied
		r.Close()
		f.Close()
	})
	return nil
}
