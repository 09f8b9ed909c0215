package local

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// site is the number of a place that makes objects; 0 is not known. It fits into what is left over
// in an object.
type site uint16

// sites gives places their numbers.
type sites struct {
	lines bool // also those of compiled code

	numbers map[place]site  // under Backend.mu
	texts   []string        // of the numbers, from 1
	named   map[string]site // of places that drivers which have joined tell by their texts
	last    place           // a loop makes object after object at one place
	lastIs  site
}

// place is a goroutine's origin, which is the running cell's, and the calls that led here.
type place struct {
	origin unsafe.Pointer
	cell   string // and line, where they are known
	calls  [maxCalls]uintptr
}

// maxCalls is how many calls are looked at for one that is not of the runtime itself.
const maxCalls = 8

// here finds the place of the caller of the backend's caller.
func (s *sites) here() (p place) {
	p.origin = core.GoroutineOrigin()
	p.cell = core.CallSite(p.origin)
	if s.lines {
		runtime.Callers(3, p.calls[:])
	}
	return p
}

// number is under Backend.mu.
func (s *sites) number(p place) site {
	if p == (place{}) {
		return 0
	}
	if p == s.last {
		return s.lastIs
	}
	if n, ok := s.numbers[p]; ok {
		s.last, s.lastIs = p, n
		return n
	}
	if len(s.texts) == 1<<16-1 {
		return 0 // more places than anybody would look at
	}
	if s.numbers == nil {
		s.numbers = map[place]site{}
	}
	s.texts = append(s.texts, p.text())
	n := site(len(s.texts))
	s.numbers[p] = n
	return n
}

// of is number for a text.
func (s *sites) of(text string) site {
	if text == "" || len(s.texts) == 1<<16-1 {
		return 0
	}
	n, ok := s.named[text]
	if !ok {
		if s.named == nil {
			s.named = map[string]site{}
		}
		s.texts = append(s.texts, text)
		n = site(len(s.texts))
		s.named[text] = n
	}
	return n
}

func (s *sites) text(n site) string {
	if n == 0 {
		return ""
	}
	return s.texts[n-1]
}

// text is "In[7]" and the line of the program, as far as they are known.
func (p place) text() string {
	var parts []string
	if cell := core.OriginLabel(p.origin, "cell"); cell != "" {
		parts = append(parts, core.CellText(cell, p.cell))
	}
	if line := p.line(); line != "" {
		parts = append(parts, line)
	}
	return strings.Join(parts, " ")
}

// line is the first call from outside of goray's runtime. Interpreted code has none: what calls
// there is the engine.
func (p place) line() string {
	n := 0
	for n < maxCalls && p.calls[n] != 0 {
		n++
	}
	if n == 0 {
		return ""
	}
	frames := runtime.CallersFrames(p.calls[:n])
	for {
		f, more := frames.Next()
		_, below, inModule := strings.Cut(f.Function, modulePath())
		switch {
		case inModule && strings.HasPrefix(below, "/kernel/"):
			return ""
		case inModule && strings.HasPrefix(below, "/runtime/ray.") || strings.HasPrefix(below, "/runtime/internal/"):
		case f.File != "":
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// modulePath is this module's, wherever it lies.
var modulePath = sync.OnceValue(func() string {
	pc, _, _, _ := runtime.Caller(0)
	name, _, _ := strings.Cut(runtime.FuncForPC(pc).Name(), "/runtime/internal/")
	return name
})

// mark says where an object was made.
func (b *Backend) mark(id core.ID, from place) {
	if from == (place{}) {
		return
	}
	if o := b.objects.at(id); o != nil {
		o.site = b.sites.number(from)
	}
}

// markAs says where a driver that has joined made an object, as its frame tells.
func (b *Backend) markAs(p *proc, id core.ID, r *transport.Reader) {
	if !p.joined {
		return
	}
	if text := r.String(); text != "" {
		if o := b.objects.at(id); o != nil {
			o.site = b.sites.of(text)
		}
	}
}
