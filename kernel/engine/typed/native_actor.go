package typed

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// actor finds the state that the constructor returns, and makes all its methods part of the program.
func (n *nativeWriter) actor(in *nativeInspection) {
	in.actor = true
	t := types.Unalias(n.result())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	switch {
	case !ok || types.IsInterface(t) || named.Obj().Pkg() == nil || !n.d.w.own[named.Obj().Pkg()]:
		refuse("its constructor returns %s, which is no type that a cell declares", t)
	case hasParams(named, map[types.Type]bool{}):
		refuse("its constructor is generic")
	}
	state := types.NewPointer(named)
	n.program.State, n.program.StateText = n.d.w.types.of(state), n.typeText(state)
	methods := types.NewMethodSet(state)
	for i := range methods.Len() {
		m := methods.At(i)
		in.visit(n.d.w.prog.MethodValue(m))
		if m.Obj().Exported() {
			n.program.Methods = append(n.program.Methods, m.Obj().Name())
		}
	}
	in.value(state)
}

// rows notes how a function of rows is called.
func (n *nativeWriter) rows() {
	sig := n.signature()
	if sig == nil || sig.Variadic() {
		refuse("it is no function of one row")
	}
	in, out := sig.Params().Len(), sig.Results().Len()
	n.program.RowsContext, n.program.RowsError = in == 2, out == 2
	if in < 1 || in > 2 || out < 1 || out > 2 {
		refuse("it is no function of one row")
	}
	n.program.RowsText = n.typeText(sig)
}

// signature is that of the function; nil when it is not known.
func (n *nativeWriter) signature() (sig *types.Signature) {
	if n.d.sf != nil {
		return n.d.sf.Signature
	}
	if v := n.added().Var(rootName); v != nil {
		sig, _ = deref(v.Type()).Underlying().(*types.Signature)
	}
	return sig
}

// result is what the constructor returns.
func (n *nativeWriter) result() types.Type {
	sig := n.signature()
	if sig == nil || sig.Results().Len() == 0 {
		refuse("its constructor returns nothing")
	}
	return sig.Results().At(0).Type()
}

// added is the cell that computes the function, where none declares it.
func (n *nativeWriter) added() *ssa.Package {
	return n.d.w.prog.Package(n.d.units[len(n.d.units)-1].Pkg)
}

// lingering are functions after whose return something may go on, or come back, that refers to
// what the caller had.
var lingering = map[string]string{
	"go":                   "it starts goroutines",
	"sync.Go":              "it starts goroutines",
	"time.AfterFunc":       "it starts timers",
	"context.AfterFunc":    "it starts functions when a context ends",
	"runtime.AddCleanup":   "it has functions called by the garbage collector",
	"runtime.SetFinalizer": "it has functions called by the garbage collector",
	"os/signal.Notify":     "it waits for signals",
}

// stays refuses an actor that is more than its state: while calls run in one process and then in
// another, nothing may hold on to the state's old memory.
func (in *nativeInspection) stays(name string) {
	if !in.actor {
		return
	}
	why, found := lingering[name]
	if !found && (strings.HasPrefix(name, "net/http.") || strings.HasPrefix(name, "net/rpc.")) {
		why, found = "it may serve requests", true
	}
	if found {
		refuse("%s, and so its state cannot move between processes", why)
	}
}
