package lang

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/linked"
	"github.com/goray/goray/kernel/lang/overlay"
	"github.com/goray/goray/kernel/lang/symbols"
	"github.com/goray/goray/kernel/lang/typedata"
)

// Packages is everything that cells can import: the standard library from embedded data, and the
// compiled packages of an engine.Config. It is a types.Importer, loads lazily, and may be used by
// several goroutines.
type Packages struct {
	fset  *token.FileSet
	sizes types.Sizes

	mu      sync.Mutex
	bundles []*typedata.Bundle
	own     map[string]*engine.Package // by path
	short   map[string]string          // short path → path
	aliased map[string]any             // symbols of types, by the package that declares them
	known   map[string]*types.Package  // the universe that all data is decoded into
	loaded  map[string]*types.Package  // completely loaded
	failed  map[string]error
	syntax  map[*types.Package]*syntax
	closure map[*types.Package][]*types.Package

	usualOnce  sync.Once
	usualNames map[string][]string

	docMu    sync.Mutex
	docCache map[string]*docs

	third thirdParty
}

// syntax is the source that is interpreted, with stand-ins for what is compiled.
type syntax struct {
	files []*ast.File
	info  *types.Info
}

// NewPackages opens the embedded data. Packages of own are loaded when first imported; an error
// in their source is reported then.
func NewPackages(own []engine.Package) (*Packages, error) {
	own = append(slices.Clone(own), linked.Packages()...)
	std, err := typedata.Open(typedata.Std)
	if err != nil {
		return nil, err
	}
	p := &Packages{
		fset:    token.NewFileSet(),
		sizes:   sizes(),
		bundles: []*typedata.Bundle{std},
		own:     map[string]*engine.Package{},
		short:   map[string]string{},
		aliased: aliases(own),
		known:   map[string]*types.Package{"unsafe": types.Unsafe},
		loaded:  map[string]*types.Package{"unsafe": types.Unsafe},
		failed:  map[string]error{},
		syntax:  map[*types.Package]*syntax{},
		closure: map[*types.Package][]*types.Package{},

		docCache: map[string]*docs{},

		third: newThirdParty(),
	}
	for i := range own {
		if err := p.add(&own[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// add makes a compiled package importable, unless there is one of its path. The types that it
// carries may be other packages' too.
func (p *Packages) add(o *engine.Package) error {
	if p.own[o.Path] == nil {
		p.own[o.Path] = o
		if o.Short != "" {
			p.short[o.Short] = o.Path
		}
	}
	if o.Source == nil {
		return nil
	}
	names, err := fs.Glob(o.Source, "*.bin")
	if err != nil {
		return fmt.Errorf("lang: type data of %s: %w", o.Path, err)
	}
	for _, n := range names {
		data, err := fs.ReadFile(o.Source, n)
		if err != nil {
			return fmt.Errorf("lang: type data of %s: %w", o.Path, err)
		}
		b, err := typedata.Open(string(data))
		if err != nil {
			return fmt.Errorf("lang: type data of %s: %w", o.Path, err)
		}
		p.bundles = append(p.bundles, b)
	}
	return nil
}

// Fset has the positions of everything that is checked against these packages.
func (p *Packages) Fset() *token.FileSet { return p.fset }

// Sizes are the sizes of the platform that runs the cells.
func (p *Packages) Sizes() types.Sizes { return p.sizes }

// Import implements types.Importer. Short paths ("ray/data") stand for the packages they name.
func (p *Packages) Import(path string) (*types.Package, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.third.changed[path]; err != nil {
		return nil, err
	}
	return p.load(path)
}

// Symbol finds the compiled object of a package: a function, a pointer to a variable, or a nil
// pointer to a type. Instances of generic types that compiled code has are named as go/types
// writes them ("Seq[string]").
func (p *Packages) Symbol(path, name string) (any, bool) {
	if o := p.own[path]; o != nil && o.Symbols != nil {
		return symbols.Find(o.Symbols, name)
	}
	if v, ok := symbols.Lookup(path, name); ok {
		return v, true
	}
	// A type of a package that cells cannot import may be known by its alias in one that they can.
	v, ok := p.aliased[path+"."+name]
	return v, ok
}

// aliases finds the compiled types that own packages offer under the name of another package.
func aliases(own []engine.Package) map[string]any {
	m := map[string]any{}
	for _, o := range own {
		for _, s := range o.Symbols {
			v := reflect.ValueOf(s.Value)
			if v.Kind() == reflect.Pointer && v.IsNil() {
				if t := v.Type().Elem(); t.Name() != "" && t.PkgPath() != o.Path {
					m[t.PkgPath()+"."+t.Name()] = s.Value
				}
			}
		}
	}
	return m
}

// Syntax returns the source of a package that is interpreted, wholly or in part; ok is false for
// one that is compiled only. Every object of the package has a declaration in files. A function
// with a body is interpreted; one without, and every variable and type that Symbol knows, is
// compiled. Nothing of such a package is to be initialised beyond info.InitOrder.
func (p *Packages) Syntax(pkg *types.Package) (files []*ast.File, info *types.Info, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.syntax[pkg]
	if s == nil {
		return nil, nil, false
	}
	return s.files, s.info, true
}

// Paths lists what can be imported, sorted; short paths stand beside the full ones.
func (p *Packages) Paths() []string {
	l := []string{"unsafe", "cmp", "iter", "maps", "slices", "unique", "weak"}
	for _, b := range p.bundles[:1] {
		for _, path := range b.Paths() {
			if !strings.Contains(path, ".") { // the overlay's own support
				l = append(l, path)
			}
		}
	}
	for path := range p.own {
		l = append(l, path)
	}
	for path := range p.short {
		l = append(l, path)
	}
	slices.Sort(l)
	return slices.Compact(l)
}

// Has says whether Import knows the path.
func (p *Packages) Has(path string) bool {
	return p.hasCompiled(path) || p.third.found[path] != nil
}

// hasCompiled is Has without the packages of modules.
func (p *Packages) hasCompiled(path string) bool {
	if path == "unsafe" || p.own[path] != nil || p.short[path] != "" || overlay.Whole(path) {
		return true
	}
	return slices.ContainsFunc(p.bundles, func(b *typedata.Bundle) bool { return b.Has(path) })
}

// Closure lists the packages that pkg refers to, directly or not, dependencies first.
func (p *Packages) Closure(pkg *types.Package) []*types.Package {
	p.mu.Lock()
	defer p.mu.Unlock()
	var l []*types.Package
	seen := map[*types.Package]bool{pkg: true}
	for _, i := range pkg.Imports() {
		for _, q := range p.deps(i) {
			if !seen[q] {
				seen[q] = true
				l = append(l, q)
			}
		}
	}
	return l
}

// deps is pkg after everything that it refers to. Data of one package may have brought objects of
// another that was never imported; that one is loaded here, so that the list has whole packages.
func (p *Packages) deps(pkg *types.Package) []*types.Package {
	if l, ok := p.closure[pkg]; ok {
		return l
	}
	p.closure[pkg] = nil // import data may name each other
	if p.loaded[pkg.Path()] == nil && p.Has(pkg.Path()) {
		if _, err := p.load(pkg.Path()); err != nil {
			p.failed[pkg.Path()] = err
		}
	}
	var l []*types.Package
	seen := map[*types.Package]bool{pkg: true}
	for _, i := range pkg.Imports() {
		for _, q := range p.deps(i) {
			if !seen[q] {
				seen[q] = true
				l = append(l, q)
			}
		}
	}
	l = append(l, pkg)
	p.closure[pkg] = l
	return l
}

// locked is the importer for what is checked while mu is held.
type locked struct{ *Packages }

func (p locked) Import(path string) (*types.Package, error) { return p.load(path) }

// load is Import with mu held.
func (p *Packages) load(path string) (*types.Package, error) {
	if full := p.short[path]; full != "" {
		path = full
	}
	if q := p.loaded[path]; q != nil {
		return q, nil
	}
	if err := p.failed[path]; err != nil {
		return nil, err
	}
	q, err := p.open(path)
	if err != nil {
		p.failed[path] = err
		return nil, err
	}
	p.loaded[path] = q
	return q, nil
}

func (p *Packages) open(path string) (*types.Package, error) {
	if overlay.Whole(path) {
		return p.openWhole(path)
	}
	if o := p.own[path]; o != nil && hasSource(o) {
		p.failed[path] = fmt.Errorf("import cycle through %s", path) // until it is open
		defer delete(p.failed, path)
		return p.openSource(o)
	}
	for _, b := range p.bundles {
		raw, needs, ok, err := b.Package(path)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for _, n := range needs {
			if n != path {
				if _, err := p.load(n); err != nil {
					return nil, err
				}
			}
		}
		if q := p.loaded[path]; q != nil { // something that it needs, needed it
			return q, nil
		}
		q, err := gcexportdata.Read(bytes.NewReader(raw), p.fset, p.known, path)
		if err != nil {
			return nil, fmt.Errorf("types of %s: %w", path, err)
		}
		if overlay.Has(path) {
			// The overlay's support may refer to what the package has without it.
			p.loaded[path] = q
			if err := p.addOverlay(q); err != nil {
				delete(p.loaded, path)
				return nil, err
			}
		}
		return q, nil
	}
	if m := p.third.found[path]; m != nil {
		return p.openThird(m)
	}
	return nil, fmt.Errorf("package %s is not available in this session", path)
}
