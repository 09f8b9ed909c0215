package ray

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// Tiers of a remote function of a cell, and of an actor whose class a cell declares. By default it is
// interpreted until its native form has been compiled in the background, and native from the next
// call on; a call that is interpreted for long meanwhile is started again natively if that makes no
// difference but speed. An actor's state moves to the native form between two calls.
var (
	// Native makes calls, and the constructor of an actor, wait for the native form, up to two minutes.
	// Where there can be none, the function is interpreted; NativeStatus says why. The waiting takes a
	// worker.
	Native = tierOption(core.TierNative)
	// Interpreted keeps a function or an actor interpreted.
	Interpreted = tierOption(core.TierInterpreted)
)

func tierOption(t core.Tier) Option {
	return Option{func(o *core.Options) error { o.Tier = t; return nil }}
}

// wantNative starts to compile a function of a cell, or the actor that it makes.
func (f *Function) wantNative(form core.NativeForm) *Function {
	if f.err != nil || f.shipErr != nil || !f.ref.IsCell {
		return f
	}
	n, s, onRay := core.CurrentNative(), currentSession(), elsewhere()
	switch {
	case onRay && form != core.NativeFunction:
		stayInterpreted(f.ref, notOnRay)
	case onRay && n == nil: // in a worker: the driver may have compiled it
		f.ref.Native = core.NativeName(f.ref.Hash, core.NativeAlone)
	case onRay:
		f.ref.Native = n.Want(f.ref, f.source.Text, core.NativeAlone)
		s.publisher().publish(f.ref.Native)
	case n != nil:
		f.ref.Native = n.Want(f.ref, f.source.Text, form)
	default:
		f.ref.Native = core.NativeFileOf(f.ref.Hash, form) // in a worker: the session may have compiled it
	}
	return f
}

// notOnRay is why actors of cells, and functions of rows, stay interpreted on a real Ray cluster.
const notOnRay = "on a real Ray cluster only remote functions are compiled; put what is hot into one, or into a package"

// elsewhere reports whether this session's functions run on a real Ray cluster.
func elsewhere() bool {
	s := currentSession()
	return s != nil && s.backend.Info().Scheme == "ray"
}

// stayInterpreted notes why a function of a cell is not compiled.
func stayInterpreted(ref *core.FuncRef, why string) {
	if n := core.CurrentNative(); n != nil && ref.IsCell {
		n.Refuse(ref, why)
	}
}

// NativeFunction says how a function of a cell runs.
type NativeFunction struct {
	Func, Cell string
	Line       int
	State      string  // "building", "native" or "interpreted"
	Millis     float64 // from its definition until it was ready
	Cached     bool    // it had been compiled before
	Reason     string  // why it stays interpreted
}

// NativeFunctions are what NativeStatus returns; notebooks show them as a table.
type NativeFunctions []NativeFunction

// NativeStatus lists the remote functions of this session's cells, in the order of their
// definition. It is empty where functions are not compiled, as in workers and compiled programs.
func NativeStatus() NativeFunctions {
	n := core.CurrentNative()
	if n == nil {
		return nil
	}
	var l NativeFunctions
	for _, s := range n.Status() {
		l = append(l, NativeFunction(s))
	}
	return l
}

// WaitNative returns when no function is being compiled any more.
func WaitNative(ctx context.Context) error {
	if w, ok := core.CurrentNative().(interface{ WaitAll(context.Context) error }); ok {
		return w.WaitAll(ctx)
	}
	return nil
}

func (f NativeFunction) row() []string {
	name, note := f.Func, f.Reason
	if f.Cell != "" && !strings.Contains(name, f.Cell) {
		name += fmt.Sprintf(" (%s:%d)", f.Cell, f.Line)
	}
	if f.Cached && note == "" {
		note = "compiled before"
	}
	return []string{name, f.State, fmt.Sprintf("%.0f", f.Millis), note}
}

// String is a table.
func (l NativeFunctions) String() string {
	if len(l) == 0 {
		return "no remote functions of cells"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-32s %-12s %8s  %s\n", "function", "tier", "ms", "note")
	for _, f := range l {
		r := f.row()
		fmt.Fprintf(&b, "%-32s %-12s %8s  %s\n", r[0], r[1], r[2], r[3])
	}
	return b.String()
}

// MIMEBundle is the table for notebooks.
func (l NativeFunctions) MIMEBundle() map[string]any {
	var b strings.Builder
	b.WriteString("<table><tr><th>function</th><th>tier</th><th>ms</th><th>note</th></tr>")
	for _, f := range l {
		b.WriteString("<tr>")
		for _, cell := range f.row() {
			fmt.Fprintf(&b, "<td style=\"text-align:left\">%s</td>", html.EscapeString(cell))
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return map[string]any{"text/plain": l.String(), "text/html": b.String()}
}
