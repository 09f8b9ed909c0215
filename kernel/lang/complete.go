package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// here marks the cursor in the text that is checked; as a letter it makes an identifier of what
// stands before it, or of nothing.
const here = "ˑhere"

// Complete lists what may stand at cursor, a byte offset. It works in code that does not compile.
func (s *Session) Complete(source string, cursor int) engine.Completions {
	cursor = max(0, min(cursor, len(source)))
	start := wordStart(source, cursor)
	out := engine.Completions{Start: start, End: cursor}
	prefix := source[start:cursor]
	switch where, from := context(source[:cursor]); where {
	case inComment:
		return out
	case inString:
		return s.completeString(source, from, cursor)
	case inImport:
		out.Start = from
		for _, p := range s.pkgs.importPaths(source[from:cursor]) {
			out.Items = append(out.Items, engine.Completion{Text: p, Kind: "package"})
		}
		return out
	}
	var u *unit
	var at *place
	for _, text := range attempts(source, cursor, "") {
		if u, at = s.lookAt(text); at != nil {
			break
		}
	}
	l := &list{prefix: prefix, seen: map[string]bool{}, objects: map[string]types.Object{}}
	switch {
	case at == nil:
		if start == 0 || source[start-1] != '.' {
			s.addNames(l, u, nil)
		}
	case at.selector != nil:
		u.addMembers(l, at.selector.X)
	default:
		if at.literal != nil {
			u.addFields(l, at.literal)
		}
		s.addNames(l, u, at)
	}
	out.Items = l.sorted()
	return out
}

// attempts are texts with the mark at the cursor, to be looked at until one parses well enough: the
// whole, what stands before the cursor, and the cursor's line alone. Quote ends the string that the
// cursor is in, if any.
func attempts(source string, cursor int, quote string) []string {
	before, after := source[:cursor], source[cursor:]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	rest, _, _ := strings.Cut(after, "\n")
	end := quote
	if quote != "" && strings.Contains(rest, quote) {
		end = ""
	}
	return []string{before + here + end + after, closed(before + here + quote), closed(line + here + quote)}
}

// list collects candidates that begin with prefix, the first of each name.
type list struct {
	prefix  string
	seen    map[string]bool
	items   []engine.Completion
	objects map[string]types.Object // whose signatures are still to be written
}

// maxSigned is how many completions are given signatures; nobody reads more.
const maxSigned = 500

func (l *list) add(text, kind, signature string) {
	if l.seen[text] || strings.Contains(text, mark) || text == "_" {
		return
	}
	if len(text) < len(l.prefix) || !strings.EqualFold(text[:len(l.prefix)], l.prefix) {
		return
	}
	l.seen[text] = true
	l.items = append(l.items, engine.Completion{Text: text, Kind: kind, Signature: signature})
}

func (l *list) object(o types.Object) {
	n := len(l.items)
	if l.add(o.Name(), kindOf(o), ""); len(l.items) > n {
		l.objects[o.Name()] = o
	}
}

// sorted puts what agrees with the prefix in case as well first, then sorts by name.
func (l *list) sorted() []engine.Completion {
	for i := range l.items {
		if o := l.objects[l.items[i].Text]; o != nil && len(l.items) <= maxSigned {
			l.items[i].Signature = signatureOf(o)
		}
	}
	slices.SortStableFunc(l.items, func(a, b engine.Completion) int {
		x, y := strings.HasPrefix(a.Text, l.prefix), strings.HasPrefix(b.Text, l.prefix)
		if x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Text, b.Text)
	})
	return l.items
}

// place is where the cursor stands in the syntax.
type place struct {
	ident    *ast.Ident
	selector *ast.SelectorExpr // the cursor is after its dot
	literal  *ast.CompositeLit // the cursor is at an element or key
}

// lookAt checks source as a cell, whatever is wrong with it, and finds the mark.
func (s *Session) lookAt(source string) (u *unit, at *place) {
	u, ok := s.look(source, func(u *unit) bool { at = u.findMark(); return at != nil })
	if !ok {
		at = nil
	}
	return u, at
}

// look checks source as a cell, whatever is wrong with it. Find is called when it has been parsed;
// ok is false when it finds nothing.
func (s *Session) look(source string, find func(*unit) bool) (u *unit, ok bool) {
	u = &unit{s: s, src: newSource("In[0]", source), loose: true}
	defer func() {
		// Broken syntax can upset the checker; what was found until then is no good.
		if recover() != nil {
			ok = false
		}
	}()
	defer u.forget()
	if !u.parse() {
		return u, false
	}
	ok = find(u)
	u.bind()
	u.types()
	return u, ok
}

// forget gives the positions of a look back.
func (u *unit) forget() {
	fset := u.s.pkgs.fset
	drop := func(pos token.Pos) {
		if f := fset.File(pos); f != nil && f.Name() == path.Base(u.src.name) {
			fset.RemoveFile(f)
		}
	}
	if u.run != nil && u.run.Pos().IsValid() {
		drop(u.run.Pos())
	}
	if u.file != nil {
		drop(u.file.Package)
	}
}

func (u *unit) findMark() *place {
	var at *place
	var stack []ast.Node
	visit := func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if id, ok := n.(*ast.Ident); ok && strings.Contains(id.Name, here) && at == nil {
			at = &place{ident: id}
			for i, parent := range slices.Backward(stack) {
				switch p := parent.(type) {
				case *ast.SelectorExpr:
					if p.Sel == id {
						at.selector = p
					}
				case *ast.CompositeLit:
					if i == len(stack)-1 && p.Type != id {
						at.literal = p
					}
				case *ast.KeyValueExpr:
					if lit, ok := stack[max(i-1, 0)].(*ast.CompositeLit); ok && i == len(stack)-1 && p.Key == id {
						at.literal = lit
					}
				}
			}
		}
		stack = append(stack, n)
		return true
	}
	ast.Inspect(u.file, visit)
	if u.run != nil && at == nil {
		stack = nil
		ast.Inspect(u.run, visit)
	}
	return at
}

// addMembers adds what can be selected from x: a package's exports, or fields and methods.
func (u *unit) addMembers(l *list, x ast.Expr) {
	if id, ok := x.(*ast.Ident); ok {
		if pn, ok := u.info.Uses[id].(*types.PkgName); ok {
			scope := pn.Imported().Scope()
			for _, n := range scope.Names() {
				if ast.IsExported(n) {
					l.object(scope.Lookup(n))
				}
			}
			return
		}
		if u.info.Uses[id] == nil { // a package that nothing else mentions
			if path := u.s.pkgs.guess(id.Name, nil); path != "" {
				if p, err := u.s.pkgs.Import(path); err == nil {
					for _, n := range p.Scope().Names() {
						if ast.IsExported(n) {
							l.object(p.Scope().Lookup(n))
						}
					}
				}
				return
			}
		}
	}
	tv, ok := u.info.Types[x]
	t := tv.Type
	if !ok || t == nil {
		if t = u.info.TypeOf(x); t == nil {
			return
		}
	}
	for _, m := range members(t, u.pkg) {
		if tv.IsType() {
			if _, ok := m.(*types.Func); !ok {
				continue
			}
		}
		l.object(m)
	}
}

// addFields adds the fields that a struct literal does not set yet.
func (u *unit) addFields(l *list, lit *ast.CompositeLit) {
	t := u.info.TypeOf(lit)
	if t == nil {
		return
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	set := map[string]bool{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				set[id.Name] = true
			}
		}
	}
	for f := range st.Fields() {
		if !set[f.Name()] && (f.Exported() || f.Pkg() != nil && f.Pkg().Path() == u.pkg.Path()) {
			l.object(f)
		}
	}
}

// addNames adds what is in scope: locals, the cell's and the session's names, what Go predeclares,
// keywords, and packages.
func (s *Session) addNames(l *list, u *unit, at *place) {
	if u != nil && u.info != nil && at != nil {
		for sc := u.innermost(at.ident.Pos()); sc != nil && sc != types.Universe; sc = sc.Parent() {
			for _, n := range sc.Names() {
				if o := sc.Lookup(n); sc == u.pkg.Scope() || !o.Pos().IsValid() || o.Pos() < at.ident.Pos() {
					l.object(o)
				}
			}
		}
	}
	for name, b := range s.snapshot() {
		if b.obj != nil {
			l.object(b.obj)
		} else {
			l.add(name, "package", b.path)
		}
	}
	if s.hasOut() {
		l.add(outName, "variable", "results of cells")
	}
	for name, path := range s.pkgs.Predeclared() {
		l.add(name, "package", path)
	}
	if l.prefix == "" {
		return
	}
	for _, n := range types.Universe.Names() {
		l.object(types.Universe.Lookup(n))
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		l.add(tok.String(), "keyword", "")
	}
	for name, paths := range s.pkgs.usual() {
		l.add(name, "package", paths[0])
	}
}

// innermost is the smallest scope around pos.
func (u *unit) innermost(pos token.Pos) *types.Scope {
	var best *types.Scope
	for _, sc := range u.info.Scopes {
		if sc.Contains(pos) && (best == nil || sc.End()-sc.Pos() < best.End()-best.Pos()) {
			best = sc
		}
	}
	if best == nil {
		return u.pkg.Scope()
	}
	return best
}
