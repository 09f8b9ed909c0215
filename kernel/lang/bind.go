package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// bind gives every name that the cell does not declare its meaning: objects of earlier cells and
// imports, those that were written and those that are added.
func (u *unit) bind() bool {
	u.declared, u.renamed, u.later = map[string]bool{}, map[string]string{}, map[string]int{}
	u.imports, u.uses = map[string]string{}, map[string]string{}
	u.inherited = map[string]*types.TypeName{}
	u.inherit()
	u.declarations()
	u.outs()
	if u.run != nil {
		u.statements()
	}
	u.placeInits()
	u.selected = u.selectors()
	var added []ast.Spec
	bound := map[string]bool{}
	for _, id := range slices.Concat(u.free, u.keys()) {
		name := id.Name
		if bound[name] || u.declared[name] || u.uses[name] != "" {
			continue
		}
		bound[name] = true
		path := ""
		if b := u.lookup(name); b != nil {
			if b.obj != nil {
				u.visible = append(u.visible, b.obj)
				continue
			}
			path = b.path
		} else if types.Universe.Lookup(name) != nil {
			continue
		} else if members, ok := u.selected[name]; ok {
			path = u.s.pkgs.guess(name, members)
		}
		if path == "" {
			if dot := u.dotted(name); dot != "" && u.uses["."+dot] == "" {
				u.uses["."+dot] = dot
				added = append(added, importSpec(".", dot))
			}
			continue
		}
		u.uses[name] = path
		added = append(added, importSpec(name, path))
	}
	if len(added) > 0 {
		u.file.Decls = slices.Insert(u.file.Decls, 0, ast.Decl(&ast.GenDecl{Tok: token.IMPORT, Lparen: 1, Specs: added, Rparen: 1}))
	}
	if u.run != nil {
		u.file.Decls = append(u.file.Decls, u.run)
	}
	return len(u.src.diags) == 0 || u.loose
}

// declarations notes what the cell declares besides variables.
func (u *unit) declarations() {
	for _, d := range u.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			u.body(d)
			if d.Recv == nil && d.Name.Name == "init" {
				// Any number may be declared.
				u.inits = append(u.inits, d.Name)
				d.Name.Name = "init" + mark + strconv.Itoa(len(u.inits))
			} else if d.Recv == nil {
				u.declare(d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					u.declare(s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						u.declare(n.Name)
					}
				case *ast.ImportSpec:
					u.written(s)
				}
			}
		}
	}
}

// body complains of a function without one: only compiled packages have such.
func (u *unit) body(d *ast.FuncDecl) {
	if d.Body == nil {
		u.src.at(u.s.pkgs.fset.Position(d.Name.Pos()), "missing function body", "its opening brace belongs on the same line")
	}
}

func (u *unit) declare(name string) {
	if name != "_" {
		u.declared[name] = true
	}
}

// prepend adds a statement before those of the cell.
func (u *unit) prepend(s ast.Stmt) {
	u.needRun(s)
	u.run.Body.List = slices.Insert(u.run.Body.List, 0, s)
}

// needRun makes Run for what is added to a cell without statements, at n.
func (u *unit) needRun(n ast.Node) {
	if u.run == nil {
		u.run = &ast.FuncDecl{Name: ast.NewIdent(runName), Type: &ast.FuncType{Func: n.Pos(), Params: &ast.FieldList{Opening: n.Pos(), Closing: n.Pos()}}, Body: &ast.BlockStmt{Lbrace: n.Pos(), Rbrace: n.End()}}
	}
}

// written notes an import of the cell.
func (u *unit) written(s *ast.ImportSpec) {
	path, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return // the parser has complained
	}
	name := ""
	if s.Name != nil {
		name = s.Name.Name
	} else if p, err := u.s.pkgs.Import(path); err == nil {
		name = p.Name()
	}
	switch name {
	case "", "_":
	case ".":
		u.imports["."] = path
	default:
		u.imports[name] = path
		u.uses[name] = path
	}
}

func importSpec(name, path string) *ast.ImportSpec {
	s := &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(path)}}
	s.Name = ast.NewIdent(name)
	return s
}

// selectors maps each free name that is selected from to the names selected.
func (u *unit) selectors() map[string][]string {
	free := map[*ast.Ident]bool{}
	for _, id := range u.free {
		free[id] = true
	}
	m := map[string][]string{}
	note := func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && free[x] {
				m[x.Name] = append(m[x.Name], s.Sel.Name)
			}
		}
		return true
	}
	ast.Inspect(u.file, note)
	if u.run != nil {
		ast.Inspect(u.run, note)
	}
	return m
}

// keys are the keys of composite literals that may be variables or field names: the parser cannot
// tell, and so does not list them as free.
func (u *unit) keys() []*ast.Ident {
	var l []*ast.Ident
	note := func(n ast.Node) bool {
		if c, ok := n.(*ast.CompositeLit); ok {
			for _, e := range c.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok && id.Obj == nil {
						l = append(l, id)
					}
				}
			}
		}
		return true
	}
	ast.Inspect(u.file, note)
	if u.run != nil {
		ast.Inspect(u.run, note)
	}
	return l
}

// dotted is the path of the session's dot import that exports name.
func (u *unit) dotted(name string) string {
	if !ast.IsExported(name) {
		return ""
	}
	var dots []string
	if u.env != nil {
		for n, b := range u.env {
			if strings.HasPrefix(n, ".") {
				dots = append(dots, b.path)
			}
		}
	} else {
		u.s.mu.RLock()
		dots = slices.Clone(u.s.dots)
		u.s.mu.RUnlock()
	}
	for _, path := range slices.Backward(dots) {
		if p, err := u.s.pkgs.Import(path); err == nil && p.Scope().Lookup(name) != nil {
			return path
		}
	}
	return ""
}

// packageNamed is the package that a name stands for in this cell.
func (u *unit) packageNamed(name string) *types.Package {
	path := u.uses[name]
	if path == "" {
		return nil
	}
	p, err := u.s.pkgs.Import(path)
	if err != nil {
		return nil
	}
	return p
}

// usual maps the usual name of a package to the paths that it may mean, likeliest first.
func (p *Packages) usual() map[string][]string {
	p.usualOnce.Do(func() {
		m := map[string][]string{}
		for _, path := range p.Paths() {
			if strings.Contains(path, ".") || p.short[path] != "" || path == "unsafe" {
				continue
			}
			elems := strings.Split(path, "/")
			name := elems[len(elems)-1]
			if len(elems) > 1 && len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
				name = elems[len(elems)-2]
			}
			m[name] = append(m[name], path)
		}
		// What people mean by a name that several packages have.
		for name, path := range map[string]string{"rand": "math/rand", "template": "text/template", "scanner": "text/scanner", "pprof": "runtime/pprof"} {
			l := m[name]
			if i := slices.Index(l, path); i > 0 {
				m[name] = slices.Insert(slices.Delete(l, i, i+1), 0, path)
			}
		}
		for _, o := range p.own {
			if o.Predeclared != "" {
				m[o.Predeclared] = []string{o.Path}
			}
		}
		p.usualNames = m
	})
	return p.usualNames
}

// guess is the package that name most likely means, given what is selected from it.
func (p *Packages) guess(name string, members []string) string {
	candidates := p.usual()[name]
	if len(candidates) < 2 {
		return strings.Join(candidates, "")
	}
	for _, path := range candidates {
		q, err := p.Import(path)
		if err == nil && !slices.ContainsFunc(members, func(m string) bool { return q.Scope().Lookup(m) == nil }) {
			return path
		}
	}
	return candidates[0]
}

// Predeclared maps the names that cells see without an import to import paths.
func (p *Packages) Predeclared() map[string]string {
	m := map[string]string{}
	for _, o := range p.own {
		if o.Predeclared != "" {
			m[o.Predeclared] = o.Path
		}
	}
	return m
}
