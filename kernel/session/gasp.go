package session

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// gasp keeps a dying process's dump of all goroutines out of the cell's output: it is about the
// engine, not about the cell, and its beginning is in the error. What only looked like one is
// shown after all when the process lives on.
type gasp struct {
	emit func([]byte)

	mu    sync.Mutex
	held  []byte // nil while nothing looks like a dump
	timer *time.Timer
	mid   bool   // the last byte passed on was not the end of a line
	shown []byte // the beginning of what was shown after all
}

// How long a process may live after what looked like a dump: a panic, which people print too; the
// words of the runtime, which it says before it looks at the stacks; and those stacks, which no cell
// prints by chance.
const (
	panicking = 60 * time.Millisecond
	holding   = time.Second
	dying     = 3 * time.Second
)

var panics = []byte("panic: ")

var stacks = []byte("\ngoroutine ")

// dumps is how the Go runtime begins to say that it ends the process.
var dumps = [][]byte{[]byte("fatal error: "), []byte("SIG"), []byte("unexpected fault address"), []byte("runtime: "), panics}

const maxHeld = 1 << 20

func (g *gasp) take(b []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil {
		at := g.dumpIn(b)
		if at < 0 {
			g.mid = b[len(b)-1] != '\n'
			g.emit(b)
			return
		}
		if at > 0 {
			g.emit(b[:at])
		}
		g.mid = false
		b = b[at:]
		wait := holding
		if bytes.HasPrefix(b, panics) {
			wait = panicking
		}
		g.timer = time.AfterFunc(wait, g.release)
	}
	if !bytes.Contains(g.held, stacks) && bytes.Contains(append(g.held, b...), stacks) {
		g.timer.Reset(dying)
	}
	if len(g.held)+len(b) > maxHeld { // no dump is that long: it is the cell's
		g.timer.Stop()
		g.emit(g.held)
		g.emit(b)
		g.held = nil
		return
	}
	g.held = append(g.held, b...)
}

// dumpIn finds the line of b at which a dump may begin, or −1.
func (g *gasp) dumpIn(b []byte) int {
	for at, atLine := 0, !g.mid; at < len(b); {
		for _, d := range dumps {
			if atLine && bytes.HasPrefix(b[at:], d) {
				return at
			}
		}
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			return -1
		}
		at, atLine = at+end+1, true
	}
	return -1
}

// release shows what was held.
func (g *gasp) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != nil {
		g.timer.Stop()
		g.emit(g.held)
		g.shown = g.held[:min(len(g.held), maxShown)]
		g.mid = g.held[len(g.held)-1] != '\n'
		g.held = nil
	}
}

// maxShown is how much is kept of what looked like a dump and was shown.
const maxShown = 4 << 10

// words are what the process said at its end: the dump, and the last of its output. On a machine that
// is too busy a dump takes longer than it is held; stacks in the last output tell that it was one.
func (g *gasp) words(last string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil && strings.Contains(last, string(stacks)) {
		return string(g.shown) + "\n" + last
	}
	return string(g.held) + last
}

// maxDump is how many lines of a dump are in the error.
const maxDump = 16

// beginning is the first lines of the dump, if there is one, for the error of the dead.
func (g *gasp) beginning() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil {
		return nil
	}
	g.timer.Stop()
	lines := strings.SplitN(string(g.held), "\n", maxDump+1)
	g.held = nil
	return lines[:min(len(lines), maxDump)]
}
