package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
)

// interrupts gives Ctrl-C a meaning: it ends the running cell, or, between cells, does what idle
// says.
type interrupts struct {
	idle  func() // nil: nothing
	leave func() // ends the process, after a third Ctrl-C that nobody listens to
	err   io.Writer

	mu      sync.Mutex
	cancel  context.CancelFunc // of the running cell
	pressed int                // in the running cell

	signals chan os.Signal
	done    chan struct{}
}

// start takes over Ctrl-C until stop.
func (i *interrupts) start() {
	i.signals, i.done = make(chan os.Signal, 3), make(chan struct{})
	signal.Notify(i.signals, os.Interrupt)
	go func() {
		defer close(i.done)
		for range i.signals {
			i.press()
		}
	}()
}

func (i *interrupts) stop() {
	signal.Stop(i.signals)
	close(i.signals)
	<-i.done
}

func (i *interrupts) press() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel == nil {
		if i.idle != nil {
			i.idle()
		}
		return
	}
	switch i.pressed++; i.pressed {
	case 1:
		i.cancel()
	case 2:
		fmt.Fprintln(i.err, "the cell is in compiled code that cannot be interrupted; press Ctrl-C once more to leave goray")
	default:
		i.leave()
	}
}

// cell returns the context of a cell that begins, and what to call when it has ended.
func (i *interrupts) cell(parent context.Context) (ctx context.Context, ended func()) {
	ctx, cancel := context.WithCancel(parent)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cancel, i.pressed = cancel, 0
	return ctx, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.cancel = nil
		cancel()
	}
}
