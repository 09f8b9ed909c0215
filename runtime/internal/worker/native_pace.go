package worker

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// pace is how long the calls of a function take in each tier, as running means; 0 is not known.
type pace struct {
	native, interpreted time.Duration
	inside              time.Duration // of a native call without the way there and back
	together            time.Duration // of a native call that goes together with others, with its part of the way
}

// trifling is a native call so short that most of it is the way to the program and back.
const trifling = 300 * time.Microsecond

// interpretedIsFaster says whether a function does so little that its native form is not worth the
// way. It is interpreted once to find out. Of calls with enough behind them the way is short.
func (n *natives) interpretedIsFaster(file string, waiting int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.paces[file]
	return p != nil && p.native > 0 && p.native < trifling && p.interpreted < p.native && (p.interpreted == 0 || waiting < minBatch-1 || p.together > 0 && p.interpreted < p.together)
}

// batchSize is how many calls of a function may go together; 0 is not known, or none.
func (n *natives) batchSize(spec *core.TaskSpec) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.paces[spec.Func.Native]
	if p == nil || p.inside == 0 {
		return 0
	}
	return min(maxBatch, int(batchTime/p.inside))
}

// pacedTogether notes how long calls took that went together.
func (n *natives) pacedTogether(file string, calls int, took, inside time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.paces[file]; p != nil && calls > 0 {
		settle(&p.together, took/time.Duration(calls))
		settle(&p.inside, inside/time.Duration(calls))
	}
}

// pacedInside notes how long a native call took without the way.
func (n *natives) pacedInside(file string, took time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.paces[file]; p != nil {
		settle(&p.inside, took)
	}
}

// paced notes how long a call took.
func (n *natives) paced(spec *core.TaskSpec, native bool, took time.Duration) {
	if n == nil || spec.Func == nil || spec.Func.Native == "" || spec.Kind != core.Task {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.paces[spec.Func.Native]
	if p == nil {
		p = &pace{}
		n.paces[spec.Func.Native] = p
	}
	mean := &p.interpreted
	if native {
		mean = &p.native
	}
	settle(mean, took)
}

// settle moves a mean towards what was measured.
func settle(mean *time.Duration, took time.Duration) {
	const weight = 8
	switch {
	case *mean == 0 || took < *mean/4: // the first call of a program, or of an engine, takes long
		*mean = max(took, 1)
	default:
		*mean += (took - *mean) / weight
	}
}
