package typed

import (
	"go/types"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
)

// maxTrace bounds the frames of a trace; of a longer one the outermost are dropped.
const maxTrace = 100

// frames lists the active interpreted calls, innermost first.
func (g *gor) frames() []engine.Frame {
	fr := g.root
	var active []*frame
	for i := 1; i <= g.depth && fr.callee != noFrame; i++ {
		fr = fr.callee
		if i > g.depth-maxTrace {
			active = append(active, fr)
		}
	}
	var out []engine.Frame
	for _, fr := range slices.Backward(active) {
		b := fr.body
		f := b.f
		if f.sf.Synthetic != "" && f.sf.Pkg == nil && f.sf.Origin() == nil {
			continue // wrappers are not in the source
		}
		e := engine.Frame{Function: functionName(f)}
		if b.native == nil && int(fr.pc) < len(b.pos) {
			p := f.sp.w.fset.Position(b.pos[fr.pc])
			e.Cell, e.Line = p.Filename, p.Line
		}
		if pkg := packageOf(f.sf); pkg != nil && !f.sp.w.own[pkg.Pkg] || e.Line == 0 {
			e.Cell = ""
		}
		out = append(out, e)
	}
	return out
}

// packageOf is where a function was written: instances of generic functions have no package.
func packageOf(sf *ssa.Function) *ssa.Package {
	for sf.Parent() != nil {
		sf = sf.Parent()
	}
	if o := sf.Origin(); o != nil {
		sf = o
	}
	return sf.Pkg
}

// functionName names a function as Go's own traces do, without the path of its package: "fib",
// "(*T).Method", "fib.func1"; "cell" are the statements of a cell.
func functionName(f *function) string {
	sf := f.sf
	var lits []string
	for sf.Parent() != nil {
		_, n, _ := strings.Cut(sf.Name()[len(sf.Parent().Name()):], "$")
		lits = append(lits, n)
		sf = sf.Parent()
	}
	if o := sf.Origin(); o != nil {
		sf = o
	}
	var from *types.Package
	if sf.Pkg != nil && f.sp.w.own[sf.Pkg.Pkg] {
		from = sf.Pkg.Pkg
	}
	name := sf.RelString(from)
	if name == runName {
		name = "cell"
	}
	name = strings.TrimSuffix(name, "ˑ")
	for i := len(lits) - 1; i >= 0; i-- {
		if i == len(lits)-1 {
			name += ".func"
		} else {
			name += "."
		}
		name += lits[i]
	}
	return name
}

// runName is how the front end names the function of a cell's statements.
const runName = "ˑrun"

// traces remembers where the latest panics were raised. A panic that passes compiled code on its
// way up keeps nothing but its value, by which it is found again.
var traces struct {
	sync.Mutex
	ring [64]struct {
		val    any
		frames []engine.Frame
	}
	next int
}

func recordTrace(v any, frames []engine.Frame) {
	traces.Lock()
	defer traces.Unlock()
	for i := range traces.ring {
		if r := &traces.ring[i]; r.frames != nil && sameWords(r.val, v) {
			r.frames = frames
			return
		}
	}
	r := &traces.ring[traces.next%len(traces.ring)]
	traces.next++
	r.val, r.frames = v, frames
}

// TraceOf returns the interpreted frames, innermost first, of a panic that compiled code has
// recovered: v is what recover returned. It is nil when no interpreted code was involved, or when
// many other panics came in between. Worker processes report errors of user code with it.
func TraceOf(v any) []engine.Frame {
	if (*eface)(unsafe.Pointer(&v)).typ == nil {
		return nil
	}
	traces.Lock()
	defer traces.Unlock()
	for i := range traces.ring {
		if r := &traces.ring[i]; r.frames != nil && sameWords(r.val, v) {
			return r.frames
		}
	}
	return nil
}
