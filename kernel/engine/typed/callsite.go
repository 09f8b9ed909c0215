package typed

import (
	"fmt"
	"path"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// tracked is the path of the package whose calls note where they are.
var tracked atomic.Pointer[string]

// TrackCalls makes calls of a package's functions and methods, from cells that are compiled from now
// on, note their line for CallSite. There is one such package.
func TrackCalls(path string) { tracked.Store(&path) }

// CallSite is where a cell called the tracked package last, as "In[7]:3" by the name of the cell that
// has the line. origin is what runtime/pprof's labels of the calling goroutine point at. It is empty
// when the execution has other goroutines: it could be a call of theirs.
func CallSite(origin unsafe.Pointer) string {
	if r := runs.load(origin); r != nil && r.live.Load() == 1 {
		if at := r.site.Load(); at != nil {
			return *at
		}
	}
	return ""
}

// noted makes a call note its line, if it is one of a cell to the tracked package.
func (c *compiler) noted(cc *ssa.CallCommon, call op) op {
	library := tracked.Load()
	sf, ok := cc.Value.(*ssa.Function)
	if library == nil || !ok {
		return call
	}
	to, from := packageOf(sf), packageOf(c.f.sf)
	if to == nil || to.Pkg.Path() != *library || from == nil || !c.f.sp.w.own[from.Pkg] {
		return call
	}
	p := c.f.sp.w.fset.Position(cc.Pos())
	if p.Line == 0 {
		return call
	}
	at := fmt.Sprintf("%s:%d", path.Base(p.Filename), p.Line)
	return func(fr *frame) {
		fr.g.run.site.Store(&at)
		call(fr)
	}
}
