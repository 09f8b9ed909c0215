package rayclient

import "sync"

// getTimes tells which references in an answer may be gone already: the head registers a reference
// for us when it writes it into an answer, and a release of the same one, sent meanwhile, takes it
// away again. Such an object is asked for once more.
type getTimes struct {
	mu       sync.Mutex // held while a release is sent: a get is before it or after it
	clock    int64
	underWay int
	released map[string]int64 // when, as long as gets are under way
}

// begin notes a get that is about to be sent.
func (g *getTimes) begin() (since int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay++
	return g.clock
}

// end forgets what only gets under way had to know.
func (g *getTimes) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.underWay--; g.underWay == 0 {
		g.released = nil
	}
}

// release sends what is to be released, and notes it; choose says what that is.
func (g *getTimes) release(choose func() []string, send func(ids []string)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ids := choose()
	if len(ids) == 0 {
		return
	}
	g.clock++
	if g.underWay > 0 {
		if g.released == nil {
			g.released = map[string]int64{}
		}
		for _, id := range ids {
			g.released[id] = g.clock
		}
	}
	send(ids)
}

// stale reports whether a reference in the answer to a get may be gone.
func (g *getTimes) stale(ids []string, since int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		if g.released[id] > since {
			return true
		}
	}
	return false
}
