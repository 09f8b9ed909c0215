package lang

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// Inspect describes the identifier at cursor, or the function whose arguments the cursor is in.
// Detail 1 adds the source text where it is known.
func (s *Session) Inspect(source string, cursor, detail int) (in engine.Inspection, ok bool) {
	cursor = max(0, min(cursor, len(source)))
	start, end := wordStart(source, cursor), wordEnd(source, cursor)
	if start == end {
		p := split(source[:cursor])
		for i := len(p.open) - 1; i >= 0 && start == end; i-- {
			end = p.open[i].offset
			start = wordStart(source, end)
		}
		if start == end {
			return in, false
		}
	}
	o := s.objectAt(source, start, end)
	if o == nil { // broken code: look at the selector by itself
		from := start
		for from > 0 && (source[from-1] == '.' || wordStart(source, from) < from) {
			if source[from-1] == '.' {
				from--
			} else {
				from = wordStart(source, from)
			}
		}
		o = s.objectAt(source[from:end], start-from, end-from)
	}
	if o == nil {
		return in, false
	}
	in.Signature = declarationOf(o)
	var d docEntry
	switch pn, imported := o.(*types.PkgName); {
	case imported:
		in.Package = pn.Imported().Path()
		d = s.pkgs.documentation(o)
	case o.Pkg() == nil:
		in.Package = "builtin"
		d = s.pkgs.documentation(o)
	case o.Pkg().Path() == "main":
		d = s.sessionDoc(o)
	default:
		in.Package = o.Pkg().Path()
		d = s.pkgs.documentation(o)
	}
	in.Doc = strings.TrimSpace(d.text)
	if detail > 0 {
		in.Source = d.source
	}
	return in, true
}

// objectAt is the object that source[start:end] denotes.
func (s *Session) objectAt(source string, start, end int) types.Object {
	u := &unit{s: s, src: newSource("In[0]", source), loose: true}
	var found types.Object
	func() {
		defer func() { _ = recover() }() // as in lookAt
		defer u.forget()
		if !u.parse() {
			return
		}
		u.bind()
		u.types()
		visit := func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || found != nil || u.offset(id.Pos()) != start || id.Name == showName || len(id.Name) < end-start {
				return true
			}
			if found = u.info.Uses[id]; found == nil {
				found = u.info.Defs[id]
			}
			return true
		}
		ast.Inspect(u.file, visit)
		if found == nil {
			name := source[start:end]
			if u.uses[name] != "" {
				if p := u.packageNamed(name); p != nil {
					found = types.NewPkgName(0, u.pkg, name, p)
				}
			} else if p := s.pkgs.guess(name, nil); p != "" && (start == 0 || source[start-1] != '.') && u.lookup(name) == nil {
				if q, err := s.pkgs.Import(p); err == nil {
					found = types.NewPkgName(0, u.pkg, name, q)
				}
			}
		}
	}()
	return found
}
