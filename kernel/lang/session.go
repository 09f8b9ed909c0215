package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"

	"github.com/goray/goray/kernel/engine"
)

// Session is what the cells so far have declared. Check and Commit are called by one goroutine at
// a time; completion and inspection may come at any moment beside them.
type Session struct {
	pkgs *Packages

	mu       sync.RWMutex
	names    map[string]*binding // newest meaning of each name
	dots     []string            // paths of dot imports
	cells    map[*types.Package]*cell
	sequence int
	failed   map[string]string // the label of the cell, by names that it declares and that did not compile; for hints
	facts    facts
	outs     map[int]*shown // by the numbers of their cells
	lastOut  []*shown       // in the order of the cells

	analyzers []*analysis.Analyzer
	read      Reader
	strings   func(engine.StringArgument) []engine.Completion

	importMu sync.Mutex
	imported map[string]*Checked // cells that came through Import, by key
}

// binding is what a name means: an object of a cell, or an import.
type binding struct {
	obj  types.Object
	path string // of an import, when obj is nil
	cell int
	olds []*types.Func // for a function: those that it replaces, newest first
}

// cell is what is kept of a cell that was checked.
type cell struct {
	fset      *token.FileSet
	number    int
	sequence  int    // cells use only cells of a smaller one
	name      string // "In[3]", or a file
	source    string
	repeated  []chunk
	inherited map[string]*types.TypeName
	visible   []types.Object // of earlier cells
	lines     []int          // offsets of line starts
	pieces    pieces
	uses      map[string]string // import paths, by the name that the cell knows them by
	names     map[string]types.Object
	file      *ast.File
	info      *types.Info
}

// NewSession starts a session in which nothing is declared.
func NewSession(pkgs *Packages) *Session {
	return &Session{pkgs: pkgs, names: map[string]*binding{}, failed: map[string]string{}, facts: facts{}, outs: map[int]*shown{}, cells: map[*types.Package]*cell{}, imported: map[string]*Checked{}}
}

// Packages are what the session's cells can import.
func (s *Session) Packages() *Packages { return s.pkgs }

// Check type-checks a cell against the session, which it leaves as it is. The error is a
// *engine.CompileError.
func (s *Session) Check(c engine.Cell) (*Checked, error) {
	return s.check(c, nil)
}

// check checks a cell against the session, or against env.
func (s *Session) check(c engine.Cell, env map[string]*binding) (checked *Checked, err error) {
	src := newSource(c.Label(), c.Source)
	// The checker has been known to panic on what no person would write; the session survives it.
	defer func() {
		if r := recover(); r != nil {
			src.report(0, 0, fmt.Sprintf("internal compiler error: %v", r), "please report this cell; the session is unharmed")
			checked, err = nil, src.err()
		}
	}()
	u := &unit{s: s, src: src, number: c.Number, aside: c.Aside || env != nil, env: env, facts: facts{}}
	if checked, err = u.check(); err != nil {
		u.forget()
	}
	if err != nil && env == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name := range u.declared {
			s.failed[strings.TrimSuffix(name, mark)] = c.Label()
		}
	}
	return checked, err
}

// Commit makes what a checked cell declares visible to later cells. Cells that were checked before
// an earlier commit may still be committed: names then mean what was committed last.
func (s *Session) Commit(c *Checked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.cell == nil {
		return
	}
	s.keep(c)
	maps.Copy(s.facts, c.facts)
	s.keepOut(c.out)
	for name, path := range c.imports {
		if name == "." {
			s.dots = append(s.dots, path)
			continue
		}
		s.names[name] = &binding{path: path, cell: c.cell.number}
	}
	for name, obj := range c.cell.names {
		b := &binding{obj: obj, cell: c.cell.number}
		for _, p := range c.Patches {
			if p.New == obj {
				b.olds = append(b.olds, p.Old)
			}
		}
		s.names[name] = b
		delete(s.failed, name)
	}
}

// keep remembers a cell by its package; mu is held.
func (s *Session) keep(c *Checked) {
	s.sequence++
	c.cell.sequence = s.sequence
	s.cells[c.Pkg] = c.cell
}

// Lookup finds what a name means now; ok is false for a name that is not declared or an import.
func (s *Session) Lookup(name string) (obj types.Object, cell int, ok bool) {
	b := s.find(name)
	if b == nil || b.obj == nil {
		return nil, 0, false
	}
	return b.obj, b.cell, true
}

// Names maps every declared name to its newest object.
func (s *Session) Names() map[string]types.Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m := map[string]types.Object{}
	for n, b := range s.names {
		if b.obj != nil {
			m[n] = b.obj
		}
	}
	return m
}

// CellOf is the number of the cell that declares obj; ok is false for other packages' objects.
func (s *Session) CellOf(obj types.Object) (number int, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.cells[obj.Pkg()]
	if c == nil {
		return 0, false
	}
	return c.number, true
}

func (s *Session) find(name string) *binding {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.names[name]
}

// snapshot is the present meaning of all names.
func (s *Session) snapshot() map[string]*binding {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.names)
}
