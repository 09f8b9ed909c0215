package viz

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// Screen is where output goes. Display shows a bundle; with a non-empty id, a later Update of the
// same id replaces it in place. Both may be called from any goroutine.
//
// A Screen that also has Done(id string) is told when an output will not change any more.
type Screen interface {
	Display(id string, bundle map[string]any)
	Update(id string, bundle map[string]any)
}

var (
	screenMu sync.RWMutex
	screen   Screen
	lastID   atomic.Int64
)

// SetScreen sends all output to s from now on and returns a function that puts the earlier screen
// back. A nil s means the default: text on standard output.
func SetScreen(s Screen) (restore func()) {
	screenMu.Lock()
	defer screenMu.Unlock()
	earlier := screen
	screen = s
	var once sync.Once
	return func() {
		once.Do(func() {
			screenMu.Lock()
			defer screenMu.Unlock()
			screen = earlier
		})
	}
}

func currentScreen() Screen {
	screenMu.RLock()
	s := screen
	screenMu.RUnlock()
	if s != nil {
		return s
	}
	return defaultTerminal()
}

var (
	stdoutMu   sync.Mutex
	stdoutFile *os.File
	stdout     *Terminal
)

// defaultTerminal writes to what os.Stdout is now: a program may have redirected it.
func defaultTerminal() Screen {
	stdoutMu.Lock()
	defer stdoutMu.Unlock()
	if stdout == nil || stdoutFile != os.Stdout {
		stdoutFile, stdout = os.Stdout, NewTerminal(os.Stdout)
	}
	return stdout
}

// Show displays r once.
func Show(r Renderer) {
	s := currentScreen()
	if t, ok := s.(*Terminal); ok {
		t.show(r)
		return
	}
	s.Display("", bundleOf(r))
}

func newID() string { return fmt.Sprintf("viz-%d-%d", os.Getpid(), lastID.Add(1)) }
