package typed

import (
	"context"
	"fmt"
	"go/parser"
	"reflect"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/engine"
)

// breakpoint is a breakpoint of the cells with one path.
type breakpoint struct {
	engine.Breakpoint
	bad bool // it can never stop

	mu      sync.Mutex
	reached int
}

// SetBreakpoints implements [engine.Debugging].
func (d *debugger) SetBreakpoints(path string, points []engine.Breakpoint) []error {
	errs := make([]error, len(points))
	var list []*breakpoint
	for i, p := range points {
		b := &breakpoint{Breakpoint: p}
		if p.Condition != "" {
			if _, err := parser.ParseExpr(p.Condition); err != nil {
				errs[i], b.bad = fmt.Errorf("the condition is no Go expression: %v", err), true
			}
		}
		list = append(list, b)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.points[path] = list
	for _, fn := range d.funcs[path] {
		fn.place(list)
	}
	return errs
}

// hit says whether a thread that has come to p stops there.
func (d *debugger) hit(p *breakpoint, t *thread, fr *frame, s *stop) bool {
	f := &debugFrame{d: d, t: t, fr: fr, pos: s.pos, see: s.see}
	if p.Condition != "" {
		vs, err := d.compute(context.Background(), f, p.Condition)
		switch {
		case err != nil:
			d.told(engine.DebugEvent{Kind: "output", Thread: t.id, Cell: fr.g.run.cell, Text: fmt.Sprintf("condition of the breakpoint at line %d: %v\n", p.Line, err)})
		case len(vs) != 1 || vs[0].Reflect.Kind() != reflect.Bool:
			d.told(engine.DebugEvent{Kind: "output", Thread: t.id, Cell: fr.g.run.cell, Text: fmt.Sprintf("condition of the breakpoint at line %d: %s is no bool\n", p.Line, p.Condition)})
		case !vs[0].Reflect.Bool():
			return false
		}
	}
	p.mu.Lock()
	p.reached++
	n := p.reached
	p.mu.Unlock()
	if p.Hit != nil && !p.Hit(n) {
		return false
	}
	if p.Log != "" {
		d.told(engine.DebugEvent{Kind: "output", Thread: t.id, Cell: fr.g.run.cell, Text: d.fill(p.Log, f) + "\n"})
		return false
	}
	return true
}

// fill replaces the {expressions} of a text.
func (d *debugger) fill(text string, f *debugFrame) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		expr, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			if ok {
				b.WriteString("{" + rest)
			}
			return b.String()
		}
		vs, err := d.compute(context.Background(), f, expr)
		if err != nil {
			fmt.Fprintf(&b, "{%s: %v}", expr, err)
		}
		for i, v := range vs {
			if i > 0 {
				b.WriteString(" ")
			}
			if v.Reflect.IsValid() && v.Reflect.CanInterface() {
				fmt.Fprint(&b, v.Reflect.Interface())
			} else {
				b.WriteString("nil")
			}
		}
		text = after
	}
}
