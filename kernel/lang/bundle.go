package lang

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// Bundle is the part of a session that some functions and types need, as text: it can be sent to
// another process and checked there without running anything.
type Bundle struct {
	Cells   []BundleCell // dependencies first
	Modules string       `json:",omitempty"` // hash of the list of third-party packages, see Session.Pack

	pkgs []*types.Package
}

// BundleCell is what a bundle has of one cell.
type BundleCell struct {
	Key     string            // of the text and all that it depends on: equal keys, identical types
	Number  int               // for "In[3]" in traces; not in the key
	Name    string            `json:",omitempty"` // for traces, in place of the number; not in the key
	Text    string            // what is not needed is blank, so that lines and columns are the cell's
	Names   map[string]int    `json:",omitempty"` // which cell of the bundle a name is from
	Imports map[string]string `json:",omitempty"` // local name → path
}

// Label is what errors call the cell.
func (c *BundleCell) Label() string { return engine.Cell{Number: c.Number, Name: c.Name}.Label() }

// Root is a place in a cell: of a declaration, or of a function literal. The place of a variable
// stands for the variable alone, without the value that it is declared with.
type Root struct {
	Pkg *types.Package
	Pos token.Pos
}

// Index is the place of a cell's package in Cells, or -1.
func (b *Bundle) Index(pkg *types.Package) int { return slices.Index(b.pkgs, pkg) }

// Encode gives the bundle's bytes; equal bundles have equal bytes.
func (b *Bundle) Encode() ([]byte, error) { return json.Marshal(b) }

// DecodeBundle reads what Encode wrote.
func DecodeBundle(data []byte) (*Bundle, error) {
	b := new(Bundle)
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("lang: not a bundle of cells: %w", err)
	}
	for i, c := range b.Cells {
		for name, k := range c.Names {
			if k < 0 || k >= i {
				return nil, fmt.Errorf("lang: damaged bundle of cells: %s of cell %d is from cell %d", name, i, k)
			}
		}
	}
	return b, nil
}

// Export collects the declarations and statements that contain roots, and all declarations of
// cells that they use, directly or not.
func (s *Session) Export(roots ...Root) (*Bundle, error) {
	x := &exporter{s: s, need: map[*types.Package]map[int]bool{}, order: map[*types.Package]int{}, repeated: map[*types.Package]bool{},
		whole: map[itemOf]bool{}, spelled: map[itemOf]spelled{}, claims: map[*cell]map[string]any{}}
	for _, r := range roots {
		if c := x.cell(r.Pkg); c != nil && !c.isVariable(r.Pos) {
			x.whole[itemOf{r.Pkg, c.itemAt(s.pkgs.fset, r.Pos)}] = true
		}
		if !x.add(r.Pkg, r.Pos) {
			return nil, fmt.Errorf("lang: %s is not in a cell of this session", s.pkgs.fset.Position(r.Pos))
		}
	}
	for len(x.todo) > 0 {
		next := x.todo[0]
		x.todo = x.todo[1:]
		x.visit(next.pkg, next.item)
	}
	if x.err != nil {
		return nil, x.err
	}
	return x.bundle()
}

type exporter struct {
	s     *Session
	need  map[*types.Package]map[int]bool // items
	todo  []itemOf
	order map[*types.Package]int // index in the bundle
	b     Bundle
	err   error

	repeated map[*types.Package]bool // whose repeated declarations have been followed
	whole    map[itemOf]bool         // contains a root
	spelled  map[itemOf]spelled
	claims   map[*cell]map[string]any
}

type itemOf struct {
	pkg  *types.Package
	item int
}

func (x *exporter) cell(pkg *types.Package) *cell {
	x.s.mu.RLock()
	defer x.s.mu.RUnlock()
	return x.s.cells[pkg]
}

// add notes that the item around pos is needed; ok is false outside cells.
func (x *exporter) add(pkg *types.Package, pos token.Pos) (ok bool) {
	c := x.cell(pkg)
	if c == nil {
		return false
	}
	i := c.itemAt(x.s.pkgs.fset, pos)
	if i < 0 {
		return x.addRepeated(pkg, c)
	}
	if x.need[pkg] == nil {
		x.need[pkg] = map[int]bool{}
	}
	if !x.need[pkg][i] {
		x.need[pkg][i] = true
		x.todo = append(x.todo, itemOf{pkg, i})
	}
	return true
}

// addRepeated notes that a cell's types with methods of several cells are needed: the types as
// they were declared first, the methods that were added, and what all of these use.
func (x *exporter) addRepeated(pkg *types.Package, c *cell) (ok bool) {
	if len(c.inherited) == 0 || x.repeated[pkg] {
		return len(c.inherited) > 0
	}
	x.repeated[pkg] = true
	if x.need[pkg] == nil {
		x.need[pkg] = map[int]bool{}
	}
	for name, tn := range c.inherited {
		x.add(tn.Pkg(), tn.Pos())
		if o := c.names[name]; o != nil {
			x.methods(o)
		}
	}
	x.follow(c, func(f func(*ast.Ident)) { c.inRepeated(x.s.pkgs.fset, f) })
	return true
}

// visit adds what an item uses, and the methods of the types that it declares.
func (x *exporter) visit(pkg *types.Package, item int) {
	c := x.cell(pkg)
	if !x.whole[itemOf{pkg, item}] {
		if s, ok := x.spell(pkg, item); ok {
			x.spelled[itemOf{pkg, item}] = s
			for name, p := range s.names {
				x.add(p, x.cell(p).names[name].Pos())
			}
			for name, o := range c.names { // types of this cell
				if x.claims[c][name] == o {
					x.add(pkg, o.Pos())
				}
			}
			return
		}
	}
	x.follow(c, func(f func(*ast.Ident)) { c.inItem(x.s.pkgs.fset, item, f) })
}

func (x *exporter) methods(o types.Object) {
	if n, ok := o.Type().(*types.Named); ok {
		for m := range n.Methods() {
			x.add(m.Pkg(), m.Pos())
		}
	}
}

func (x *exporter) follow(c *cell, idents func(func(*ast.Ident))) {
	idents(func(id *ast.Ident) {
		if o := c.info.Uses[id]; o != nil && o.Pkg() != nil {
			if m := outPattern.FindStringSubmatch(o.Name()); m != nil && x.cell(o.Pkg()) != c {
				x.err = fmt.Errorf("lang: Out[%s] belongs to this session and cannot be shipped; assign it to a variable and use that", m[1])
				return
			}
			x.add(o.Pkg(), o.Pos())
		}
		if tn, ok := c.info.Defs[id].(*types.TypeName); ok {
			x.methods(tn)
		}
	})
}

// bundle writes the cells that are needed, dependencies first.
func (x *exporter) bundle() (*Bundle, error) {
	var pkgs []*types.Package
	for p := range x.need {
		pkgs = append(pkgs, p)
	}
	// A cell uses only cells that were checked before it.
	slices.SortFunc(pkgs, func(a, b *types.Package) int { return x.cell(a).sequence - x.cell(b).sequence })
	for i, p := range pkgs {
		x.order[p] = i
	}
	for _, p := range pkgs {
		x.b.Cells = append(x.b.Cells, x.write(p))
		x.b.pkgs = append(x.b.pkgs, p)
	}
	return &x.b, nil
}

func (x *exporter) write(pkg *types.Package) BundleCell {
	c := x.cell(pkg)
	out := BundleCell{Number: c.number, Names: map[string]int{}, Imports: map[string]string{}}
	if c.name != out.Label() {
		out.Name = c.name
	}
	p := c.pieces
	p.items = nil
	mention := func(id *ast.Ident) {
		switch o := c.info.Uses[id].(type) {
		case nil:
		case *types.PkgName:
			out.Imports[id.Name] = o.Imported().Path()
		default:
			if k, ok := x.order[o.Pkg()]; ok && o.Pkg() != pkg && x.cell(o.Pkg()).names[o.Name()] == o {
				out.Names[id.Name] = k
			} else if dot := c.uses["."+pathOf(o)]; dot != "" {
				out.Imports["."+dot] = dot
			}
		}
	}
	instead := map[int]string{} // line → text
	for i, it := range c.pieces.items {
		if s, ok := x.spelled[itemOf{pkg, i}]; ok {
			line, _ := c.span(i)
			instead[line] = s.text
			maps.Copy(out.Imports, s.imports)
			for name, p := range s.names {
				out.Names[name] = x.order[p]
			}
		} else if x.need[pkg][i] && firstToken(string(c.source[it.start:it.end])) == token.IMPORT {
			// Imports has what is used of it; the rest would be asked for, and may not be there.
		} else if x.need[pkg][i] {
			p.items = append(p.items, it)
			c.inItem(x.s.pkgs.fset, i, mention)
		}
	}
	if x.repeated[pkg] {
		c.inRepeated(x.s.pkgs.fset, mention)
		for name, tn := range c.inherited {
			out.Names[name] = x.order[tn.Pkg()]
		}
	}
	lines := bytes.Split(p.only(c.source, func(item) bool { return true }), []byte("\n"))
	for i, l := range lines {
		lines[i] = bytes.TrimRight(l, " \t\r")
		if instead[i] != "" {
			lines[i] = []byte(instead[i])
		}
	}
	out.Text = strings.TrimRight(string(bytes.Join(lines, []byte("\n"))), "\n")
	if c.pieces.file {
		out.Text = "package main;" + out.Text // on the line of the clause, which is blank now
	}
	out.Key = x.key(out)
	return out
}

func pathOf(o types.Object) string {
	if o.Pkg() == nil {
		return ""
	}
	return o.Pkg().Path()
}

// key identifies a cell by its text, its imports, and the keys of what it uses.
func (x *exporter) key(c BundleCell) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", c.Text)
	for _, n := range sortedKeys(c.Names) {
		fmt.Fprintf(h, "%s %s\n", n, x.b.Cells[c.Names[n]].Key)
	}
	for _, n := range sortedKeys(c.Imports) {
		fmt.Fprintf(h, "%s %q\n", n, c.Imports[n])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func sortedKeys[V any](m map[string]V) []string {
	l := make([]string, 0, len(m))
	for k := range m {
		l = append(l, k)
	}
	slices.Sort(l)
	return l
}

// Import checks the cells of a bundle and returns them in its order. Cells whose key is known
// already are returned as they are, so that their types stay the same. Nothing becomes visible to
// this session's own cells. part finds what Pack returned, as far as it is not here already; nil
// finds nothing.
func (s *Session) Import(b *Bundle, part func(hash string) ([]byte, error)) ([]*Checked, error) {
	s.importMu.Lock()
	defer s.importMu.Unlock()
	if err := s.pkgs.unpack(b.Modules, part); err != nil {
		return nil, fmt.Errorf("lang: %w", err)
	}
	var l []*Checked
	for _, c := range b.Cells {
		if known := s.imported[c.Key]; known != nil {
			l = append(l, known)
			continue
		}
		env := map[string]*binding{}
		for name, i := range c.Names {
			o := l[i].cell.names[name]
			if o == nil {
				return nil, fmt.Errorf("lang: damaged bundle of cells: %s has no %s", b.Cells[i].Label(), name)
			}
			env[name] = &binding{obj: o, cell: b.Cells[i].Number}
		}
		for name, path := range c.Imports {
			env[name] = &binding{path: path}
		}
		checked, err := s.check(engine.Cell{Number: c.Number, Name: c.Name, Source: c.Text}, env)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.keep(checked)
		s.mu.Unlock()
		s.imported[c.Key] = checked
		l = append(l, checked)
	}
	return l, nil
}

// Offset is where pos is in the text of the cell, from 0.
func (c *Checked) Offset(pos token.Pos) int {
	if c.cell == nil {
		return c.Fset.Position(pos).Offset
	}
	return c.cell.offset(c.Fset, pos)
}

// offset is -1 for what is not in the cell. The cells of a script have one name, that of the file,
// and each has empty lines where those before it have theirs.
func (c *cell) offset(fset *token.FileSet, pos token.Pos) int {
	p := fset.Position(pos)
	if p.Filename != c.name || p.Line < 1 || p.Line > len(c.lines) {
		return -1
	}
	start, end := c.lines[p.Line-1], len(c.source)
	if p.Line < len(c.lines) {
		end = c.lines[p.Line] - 1
	}
	if off := start + p.Column - 1; start < end && off <= end {
		return off
	}
	return -1
}

// itemAt is the index of the item around pos, or -1.
func (c *cell) itemAt(fset *token.FileSet, pos token.Pos) int {
	off := c.offset(fset, pos)
	return slices.IndexFunc(c.pieces.items, func(it item) bool { return it.start <= off && off < it.end })
}

// isVariable says whether pos is where a session variable is declared.
func (c *cell) isVariable(pos token.Pos) bool {
	for _, o := range c.names {
		if v, ok := o.(*types.Var); ok && v.Pos() == pos {
			return true
		}
	}
	return false
}

// inItem calls f for each identifier that an item mentions.
func (c *cell) inItem(fset *token.FileSet, i int, f func(*ast.Ident)) {
	it := c.pieces.items[i]
	ast.Inspect(c.file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Pos().IsValid() {
			if off := c.offset(fset, id.Pos()); it.start <= off && off < it.end {
				f(id)
			}
		}
		return true
	})
}

// inRepeated calls f for each identifier in what the cell repeats of earlier ones.
func (c *cell) inRepeated(fset *token.FileSet, f func(*ast.Ident)) {
	for _, d := range c.file.Decls {
		if name := fset.Position(d.Pos()).Filename; name == "" || c.offset(fset, d.Pos()) >= 0 || !d.Pos().IsValid() {
			if g, ok := d.(*ast.GenDecl); !ok || len(g.Specs) == 0 || g.Tok != token.TYPE || c.offset(fset, g.Specs[0].Pos()) >= 0 {
				continue
			}
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				f(id)
			}
			return true
		})
	}
}
