package export

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// node is a declaration of a program with what has to be declared together: a type with its methods.
type node struct {
	decls []ast.Decl
	names []string

	needs      []*node
	index, low int // of Tarjan's algorithm; 0 before the visit
	open       bool
}

// nodes are the declarations but for imports, main and init.
func (p *program) nodes() []*node {
	var list []*node
	byName := map[string]*node{}
	for _, d := range p.file.Decls {
		if d == ast.Decl(p.main) || isInit(d) {
			continue
		}
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
			continue
		}
		n := &node{decls: []ast.Decl{d}}
		for _, id := range declaredNames(d) {
			n.names = append(n.names, id.Name)
			byName[id.Name] = n
		}
		list = append(list, n)
	}
	for _, d := range p.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
			if n := byName[receiver(f)]; n != nil {
				n.decls = append(n.decls, d)
			}
		}
	}
	for _, n := range list {
		for _, d := range n.decls {
			ast.Inspect(d, func(m ast.Node) bool {
				if id, ok := m.(*ast.Ident); ok {
					if to := byName[id.Name]; to != nil && to != n && !slices.Contains(n.needs, to) {
						n.needs = append(n.needs, to)
					}
				}
				return true
			})
		}
	}
	return list
}

func isInit(d ast.Decl) bool {
	f, ok := d.(*ast.FuncDecl)
	return ok && f.Recv == nil && f.Name.Name == "init"
}

// declaredNames are the names that a declaration gives; a method has none.
func declaredNames(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			}
		}
	}
	return names
}

// declarations are cells of what the package declares, each after those that it needs. What needs
// each other is one cell.
func (p *program) declarations() []Cell {
	var cells []Cell
	for _, group := range components(p.nodes()) {
		var decls []ast.Decl
		for _, n := range group {
			decls = append(decls, n.decls...)
		}
		slices.SortFunc(decls, func(a, b ast.Decl) int { return int(a.Pos() - b.Pos()) })
		var texts []string
		for _, d := range decls {
			texts = append(texts, p.declared(d))
		}
		cells = append(cells, Cell{Source: strings.Join(texts, "\n\n")})
	}
	for _, d := range p.file.Decls {
		if isInit(d) { // runs when everything has its value
			cells = append(cells, Cell{Source: p.declared(d)})
		}
	}
	return cells
}

// components finds the groups of nodes that need each other, needed ones first (Tarjan).
func components(nodes []*node) (groups [][]*node) {
	count := 0
	var stack []*node
	var visit func(n *node)
	visit = func(n *node) {
		count++
		n.index, n.low, n.open = count, count, true
		stack = append(stack, n)
		for _, m := range n.needs {
			switch {
			case m.index == 0:
				visit(m)
				n.low = min(n.low, m.low)
			case m.open:
				n.low = min(n.low, m.index)
			}
		}
		if n.low < n.index {
			return
		}
		at := slices.Index(stack, n)
		group := slices.Clone(stack[at:])
		stack = stack[:at]
		for _, m := range group {
			m.open = false
		}
		groups = append(groups, group)
	}
	for _, n := range nodes {
		if n.index == 0 {
			visit(n)
		}
	}
	return groups
}
