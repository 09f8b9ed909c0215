package typed

import (
	"errors"
	"fmt"
	"go/token"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

// Replace implements [engine.NativeCode]. Calls that are active finish the interpreted body; a later
// declaration of the function in a cell takes over as always.
func (c *codeStore) Replace(fn any, with reflect.Value) error {
	cl := closureOf(fn)
	if cl == nil || cl.target.sp.w != c.s.w {
		return errors.New("typed: only a function of this session's cells can be replaced")
	}
	w := c.s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	f := cl.target
	for f.patch != nil {
		f = f.patch
	}
	switch {
	case f.sf.Parent() != nil || len(f.free) > 0:
		return fmt.Errorf("typed: %s is not declared by its name", functionName(f))
	case with.Type() != f.ftype:
		return fmt.Errorf("typed: %s is a %s, not a %s", functionName(f), f.ftype, with.Type())
	}
	b := &body{f: f, id: int(bodyIDs.Add(1)), entry: special, native: nativeCall(with, f.params, f.results), pos: []token.Pos{token.NoPos}}
	k := &compiler{f: f, b: b, regs: map[ssa.Value]reg{}, tuples: map[ssa.Value][]reg{}, off: f.sigSize, fields: f.fields[:len(f.fields):len(f.fields)],
		blocks: map[*ssa.BasicBlock]*block{}}
	k.seal()
	f.body.Store(b)
	for _, older := range w.home.funcs { // they have the body that was there before
		if g := older; g.patch != nil {
			for g.patch != nil {
				g = g.patch
			}
			if g == f {
				older.body.Store(b)
			}
		}
	}
	return nil
}
