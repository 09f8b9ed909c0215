package worker

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// pace is how long the calls of a function take in each tier, as running means; 0 is not known.
type pace struct{ native, interpreted time.Duration }

// trifling is a native call so short that most of it is the way to the program and back.
const trifling = 300 * time.Microsecond

// interpretedIsFaster says whether a function does so little that its native form is not worth the
// way. It is interpreted once to find out.
func (n *natives) interpretedIsFaster(file string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.paces[file]
	return p != nil && p.native > 0 && p.native < trifling && p.interpreted < p.native
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
	const weight = 8
	switch {
	case *mean == 0 || took < *mean/4: // the first call of a program, or of an engine, takes long
		*mean = max(took, 1)
	default:
		*mean += (took - *mean) / weight
	}
}
