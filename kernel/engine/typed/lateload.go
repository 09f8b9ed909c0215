package typed

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// lateLoads moves reads of variables behind the later calls of their statement, as the Go compiler
// does: "return v, json.Unmarshal(data, &v)" returns what was decoded. The language leaves the order
// open, go/ssa reads from left to right, and programs rely on the compiler. It needs the lock.
func (w *world) lateLoads(sf *ssa.Function) {
	if w.late[sf] {
		return
	}
	w.late[sf] = true // a second pass would take the reads of earlier statements
	var m *statementMap
	for _, b := range sf.Blocks {
		loaded := false
		for _, in := range b.Instrs {
			if u, ok := in.(*ssa.UnOp); ok && u.Op == token.MUL {
				loaded = true
			} else if loaded && isCall(in) {
				if m == nil {
					m = newStatementMap(sf)
				}
				m.sinkLoads(b)
				break
			}
		}
	}
}

func isCall(in ssa.Instruction) bool {
	c, ok := in.(*ssa.Call)
	if !ok {
		return false
	}
	_, builtin := c.Call.Value.(*ssa.Builtin)
	return !builtin
}

// statementMap knows the statement of each call of a function, from its syntax.
type statementMap struct {
	calls    map[token.Pos]syntaxCall // by the position of "("
	declared map[string]int           // how often the function declares a name
}

type syntaxCall struct {
	in  *statement
	end token.Pos
}

// statement is a simple statement, or a condition, outside function literals.
type statement struct {
	pos, end token.Pos
	branches bool              // && and ||: it is more than one block
	reads    map[string][]read // of variables, by name
}

// read is a use of a name. base: before a dot, an index or a slice.
type read struct {
	pos  token.Pos
	base bool
}

func newStatementMap(sf *ssa.Function) *statementMap {
	m := &statementMap{calls: map[token.Pos]syntaxCall{}, declared: map[string]int{}}
	if syntax := sf.Syntax(); syntax != nil {
		ast.Inspect(syntax, func(n ast.Node) bool { return m.visit(syntax, n) })
	}
	return m
}

func (m *statementMap) visit(top, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit:
		return n == top
	case *ast.ReturnStmt, *ast.ExprStmt, *ast.SendStmt:
		m.statement(n)
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			m.declare(n.Lhs...)
		}
		m.statement(n)
	case *ast.IfStmt:
		m.statement(n.Cond)
	case *ast.SwitchStmt:
		if n.Tag != nil {
			m.statement(n.Tag)
		}
	case *ast.RangeStmt:
		m.declare(n.Key, n.Value)
	case *ast.ValueSpec:
		for _, id := range n.Names {
			m.declared[id.Name]++
		}
		m.statement(n)
	case *ast.Field:
		for _, id := range n.Names {
			m.declared[id.Name]++
		}
	}
	return true
}

func (m *statementMap) declare(left ...ast.Expr) {
	for _, e := range left {
		if id, ok := e.(*ast.Ident); ok {
			m.declared[id.Name]++
		}
	}
}

// statement notes the calls in n and the names that it reads.
func (m *statementMap) statement(n ast.Node) {
	s := &statement{pos: n.Pos(), end: n.End(), reads: map[string][]read{}}
	skip := map[*ast.Ident]bool{}
	bases := map[*ast.Ident]bool{}
	mark := func(set map[*ast.Ident]bool, e ast.Expr) {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			set[id] = true
		}
	}
	if a, ok := n.(*ast.AssignStmt); ok {
		for _, left := range a.Lhs {
			mark(skip, left)
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			m.calls[n.Lparen] = syntaxCall{s, n.End()}
		case *ast.BinaryExpr:
			s.branches = s.branches || n.Op == token.LAND || n.Op == token.LOR
		case *ast.SelectorExpr:
			skip[n.Sel] = true
			mark(bases, n.X)
		case *ast.IndexExpr:
			mark(bases, n.X)
		case *ast.SliceExpr:
			mark(bases, n.X)
		case *ast.KeyValueExpr:
			mark(skip, n.Key)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				mark(skip, n.X)
			}
		case *ast.Ident:
			if !skip[n] {
				s.reads[n.Name] = append(s.reads[n.Name], read{n.Pos(), bases[n]})
			}
		}
		return true
	})
}

// sinkLoads moves the loads of a block.
func (m *statementMap) sinkLoads(b *ssa.BasicBlock) {
	last := map[*statement]int{}
	for i, in := range b.Instrs {
		if isCall(in) {
			if s := m.calls[in.Pos()].in; s != nil && !s.branches {
				last[s] = i
			}
		}
	}
	var found []int
	for s, i := range last {
		found = m.loads(b, s, i, found)
	}
	slices.Sort(found)
	for _, i := range slices.Backward(found) { // what moves lands behind all loads that are still to come
		m.sink(b, i)
	}
}

// loads finds the loads of a statement before its last call. The load of a plain variable has no
// position: the nearest ones before the call, as many as the source has, are those of the statement.
func (m *statementMap) loads(b *ssa.BasicBlock, s *statement, last int, found []int) []int {
	end := m.calls[b.Instrs[last].Pos()].end
	taken := map[string]int{}
	for i := last - 1; i >= 0; i-- {
		if isCall(b.Instrs[i]) && m.calls[b.Instrs[i].Pos()].in != s {
			break
		}
		u, ok := b.Instrs[i].(*ssa.UnOp)
		if !ok || u.Op != token.MUL {
			continue
		}
		pos, name, declarations := u.Pos(), "", 0
		switch x := u.X.(type) {
		case *ssa.FieldAddr:
			pos = x.Pos()
		case *ssa.IndexAddr:
			pos = x.Pos()
		case *ssa.Alloc:
			name, declarations = x.Comment, 1
		case *ssa.FreeVar:
			name = x.Name()
		case *ssa.Global:
			name = x.Name()
		}
		switch {
		case pos.IsValid():
			if s.pos <= pos && pos < end {
				found = append(found, i)
			}
		case name != "" && m.declared[name] <= declarations && taken[name] < s.count(name, u.Type(), end):
			taken[name]++
			found = append(found, i)
		}
	}
	return found
}

// count is how often the statement reads a variable before end.
func (s *statement) count(name string, t types.Type, end token.Pos) (n int) {
	for _, r := range s.reads[name] {
		if r.pos < end && (!r.base || loadedAsBase(t)) {
			n++
		}
	}
	return n
}

// sink moves a load, and what is computed from it, behind the last call of its statement.
func (m *statementMap) sink(b *ssa.BasicBlock, i int) {
	chain := map[ssa.Instruction]bool{b.Instrs[i]: true}
	filled := map[ssa.Value]bool{} // literals with elements in the chain
	var s *statement
	last := -1
	for j := i + 1; j < len(b.Instrs); j++ {
		in := b.Instrs[j]
		if uses(in, filled) {
			break
		}
		if dependsOn(in, chain) {
			if !movable(in) {
				break
			}
			chain[in] = true
			if st, ok := in.(*ssa.Store); ok {
				filled[literal(st.Addr)] = true
			}
		} else if isCall(in) {
			c := m.calls[in.Pos()].in
			if s == nil {
				s = c
			}
			if c == nil || c != s {
				break
			}
			last = j
		}
	}
	if last < 0 {
		return
	}
	var stay, move []ssa.Instruction
	for _, in := range b.Instrs[i : last+1] {
		if chain[in] {
			move = append(move, in)
		} else {
			stay = append(stay, in)
		}
	}
	copy(b.Instrs[i:], append(stay, move...))
}

// loadedAsBase: "v.f" and "v[i]" read v itself only when it is a reference.
func loadedAsBase(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Slice, *types.Map:
		_, named := t.(*types.Named)
		return !named || types.IsInterface(t) // v.Method may take the address of a named type
	}
	return false
}

func dependsOn(in ssa.Instruction, chain map[ssa.Instruction]bool) bool {
	var buf [8]*ssa.Value
	for _, v := range in.Operands(buf[:0]) {
		if def, ok := (*v).(ssa.Instruction); ok && chain[def] {
			return true
		}
	}
	return false
}

// movable: the compiler, too, computes this after the calls.
func movable(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.UnOp:
		return in.Op != token.ARROW
	case *ssa.BinOp, *ssa.ChangeType, *ssa.Convert, *ssa.FieldAddr, *ssa.Field, *ssa.IndexAddr, *ssa.ChangeInterface:
		return true
	case *ssa.MakeInterface:
		return convertedLate(in.X.Type())
	case *ssa.Store:
		return literal(in.Addr) != nil
	}
	return false
}

// literal returns the literal, or the array of variadic arguments, of which addr is an element.
func literal(addr ssa.Value) ssa.Value {
	for {
		switch x := addr.(type) {
		case *ssa.IndexAddr:
			addr = x.X
		case *ssa.FieldAddr:
			addr = x.X
		case *ssa.Slice:
			addr = x.X
		case *ssa.Alloc:
			if x.Comment == "varargs" || x.Comment == "slicelit" || x.Comment == "complit" {
				return x
			}
			return nil
		default:
			return nil
		}
	}
}

// uses says whether in needs one of the literals to be complete.
func uses(in ssa.Instruction, filled map[ssa.Value]bool) bool {
	if len(filled) == 0 {
		return false
	}
	switch in := in.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		return false
	case *ssa.Store:
		return filled[literal(in.Val)]
	}
	var buf [8]*ssa.Value
	for _, v := range in.Operands(buf[:0]) {
		if *v != nil && filled[literal(*v)] {
			return true
		}
	}
	return false
}

// convertedLate: a value that needs memory of its own in an interface is copied where it stands.
func convertedLate(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsComplex == 0 || u.Kind() == types.Complex64
	case *types.Struct, *types.Array:
		return false
	}
	return true
}
