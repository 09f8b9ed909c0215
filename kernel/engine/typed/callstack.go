package typed

import "unsafe"

// The frames of a goroutine form a list, from its root to the call that runs. A call that returns
// leaves its frame where it is, and the next call of the same function from there takes it as it
// stands: recursion, and a loop that calls a function, neither allocate nor move a pointer. Only a
// call of another function swaps the frame for one from the goroutine's pool.

// noFrame ends the list.
var noFrame = &frame{body: &body{}}

// push returns the frame for a call of f from fr, for the caller to fill in the arguments and to
// run. The results stand in it until fr makes its next call.
func (fr *frame) push(f *function) *frame {
	if fr.callee.body == f.body.Load() {
		return fr.callee
	}
	return fr.swap(f)
}

func (fr *frame) swap(f *function) *frame {
	nf := f.newFrame(fr.g)
	fr.place(nf)
	return nf
}

// place makes a frame that is not in the pool the one of fr's next call.
func (fr *frame) place(nf *frame) {
	g, old := fr.g, fr.callee
	if old == noFrame {
		g.checkDepth()
		nf.callee = noFrame
	} else {
		nf.callee, old.callee = old.callee, noFrame
		freeFrame(g, old)
	}
	fr.callee = nf
}

// run executes the function on its frame.
func (fr *frame) run() { exec(fr, fr.body.entry) }

// cut ends the calls from fr, which is at the given depth, that a panic has left. Their frames are
// not used again: that of a method may still name the frame that deferred it.
func (fr *frame) cut(depth int) {
	fr.callee = noFrame
	fr.g.depth = depth
}

// poolEntry is a slot of a goroutine's frame pool: free frames of one body.
type poolEntry struct {
	b  *body
	fr *frame
}

const (
	firstPool = 16 // slots of a new goroutine; powers of two
	lastPool  = 1024
)

// newFrame takes a frame from the goroutine's pool.
func (f *function) newFrame(g *gor) *frame {
	b := f.body.Load()
	if b == nil {
		b = f.compiled()
	}
	if e := &g.pools[b.id&(len(g.pools)-1)]; e.b == b && e.fr != nil {
		fr := e.fr
		e.fr = fr.next
		return fr
	}
	g.claim(b)
	fr := (*frame)(unsafeNew(rptr(b.rtype)))
	typedmemmove(rptr(b.rtype), unsafe.Pointer(fr), b.template)
	fr.g, fr.body, fr.callee = g, b, noFrame
	for _, i := range b.inits {
		i(fr)
	}
	return fr
}

// claim makes the pool keep frames of b. Bodies that share a slot make the pool grow; in a pool of
// full size the newer one takes the slot, and the other's frames are garbage.
func (g *gor) claim(b *body) {
	for {
		e := &g.pools[b.id&(len(g.pools)-1)]
		if e.b == b {
			return
		}
		if e.b == nil || len(g.pools) >= lastPool {
			*e = poolEntry{b: b}
			return
		}
		old := g.pools
		g.pools = make([]poolEntry, 4*len(old))
		for _, o := range old {
			if o.b != nil {
				g.pools[o.b.id&(len(g.pools)-1)] = o
			}
		}
	}
}

func freeFrame(g *gor, fr *frame) {
	if e := &g.pools[fr.body.id&(len(g.pools)-1)]; e.b == fr.body {
		fr.next = e.fr
		e.fr = fr
	}
}
