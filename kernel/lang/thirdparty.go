package lang

import (
	gocontext "context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules"
)

// thirdParty is what a Packages knows of modules: their source is interpreted. Packages.mu guards
// the maps.
type thirdParty struct {
	loader  *modules.Loader
	found   map[string]*modules.Package // by import path
	checked map[string]bool             // what has become a types.Package stays as it is
	missing map[string]bool             // could not be found; failed has the reason
	changed map[string]error            // a local package that the cell imports is another now
	packed  map[string]modules.Packed
	lists   map[string]*packedList // by their hashes
	byPrint map[string]*packedList // by their fingerprints
}

func newThirdParty() thirdParty {
	return thirdParty{modules.New(""), map[string]*modules.Package{}, map[string]bool{}, map[string]bool{}, map[string]error{}, map[string]modules.Packed{}, map[string]*packedList{}, map[string]*packedList{}}
}

// Prepare finds the packages that a cell imports and that are not there yet: it may ask the Go
// tool and the network. What is wrong with them is said when the cell is checked. The error is
// that of ctx.
func (s *Session) Prepare(ctx gocontext.Context, c engine.Cell) error {
	if !strings.Contains(c.Source, "import") {
		return s.pkgs.Fetch(ctx, "")
	}
	var paths []string
	for _, it := range split(c.Source).items {
		if text := c.Source[it.start:it.end]; firstToken(text) == token.IMPORT {
			paths = append(paths, imports("package main;"+text)...)
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = ""
	}
	return s.pkgs.Fetch(ctx, dir, paths...)
}

// imports lists the paths that a file imports, as far as it can be read.
func imports(text string) (paths []string) {
	f, _ := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
	if f == nil {
		return nil
	}
	for _, i := range f.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// FetchFor is Fetch for what a file of a program imports, in the file's folder.
func (p *Packages) FetchFor(ctx gocontext.Context, dir string, src []byte) error {
	return p.Fetch(ctx, dir, imports(string(src))...)
}

// Fetch finds third-party packages, so that Import has them; those that it has already, and the
// compiled ones, cost nothing. A module around dir comes before the session's own versions. Import
// returns what is wrong; the error is that of ctx.
func (p *Packages) Fetch(ctx gocontext.Context, dir string, paths ...string) error {
	p.mu.Lock()
	clear(p.third.changed) // only an import that is written is refused
	p.mu.Unlock()
	for _, path := range paths {
		if path == "" || path == "C" || path[0] == '.' || path[0] == '/' || p.isSettled(path) {
			continue
		}
		set, err := p.third.loader.Resolve(ctx, dir, path, p.isCompiled)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.settle(path, set, err)
	}
	return nil
}

// settle makes what was found importable, and checks it; or it remembers why there is nothing.
func (p *Packages) settle(path string, set []*modules.Package, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		err = p.adopt(set)
	}
	delete(p.failed, path)
	delete(p.third.missing, path)
	if err != nil {
		p.failed[path], p.third.missing[path] = err, true
		if p.loaded[path] != nil {
			p.third.changed[path] = err
		}
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(loadingGC))
	_, _ = p.load(path) // load returns its error again when the cell is checked
}

// loadingGC is the collector's patience while packages are loaded: nearly all that is made stays.
const loadingGC = 400

// Choose chooses versions of modules for this session and later ones, as go get does: "module" or
// "module@version", several with spaces, or none to list what is chosen. The text is for people.
func (p *Packages) Choose(ctx gocontext.Context, query string) (string, error) {
	text, err := p.third.loader.Get(ctx, query)
	if err != nil || query == "" {
		return text, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for path, m := range p.third.found {
		if !p.third.checked[path] { // nothing depends on it: the next import takes the new version
			delete(p.third.found, path)
		} else if m.Version != "" && strings.Contains(text, m.Module+"@") && !strings.Contains(text, m.Module+"@"+m.Version+"\n") {
			return text, fmt.Errorf("%s@%s is in use in this session; %%reset begins anew, with the new version", m.Module, m.Version)
		}
	}
	return text, nil
}

func (p *Packages) hasNow(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Has(path)
}

// isSettled is hasNow, except for a package whose files the user may have edited.
func (p *Packages) isSettled(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.third.found[path]
	return p.hasCompiled(path) || m != nil && (m.Version != "" || m.Dir == "")
}

// isCompiled says whether a package is there without source of a module.
func (p *Packages) isCompiled(path string) bool { return p.hasCompiled(path) }

// adopt makes packages importable; mu is held. One that is in use has to be the same.
func (p *Packages) adopt(set []*modules.Package) error {
	for _, m := range set {
		if old := p.third.found[m.Path]; old != nil && old.Hash != m.Hash && p.third.checked[m.Path] {
			if old.Version == "" && old.Dir == m.Dir {
				return fmt.Errorf("package %s has changed since this session loaded it; %%reset begins anew", m)
			}
			return fmt.Errorf("it needs package %s, but this session uses %s already; %%reset begins anew", m, old)
		}
	}
	for _, m := range set {
		if old := p.third.found[m.Path]; old == nil || old.Hash != m.Hash {
			p.third.found[m.Path] = m
			delete(p.third.packed, m.Path)
			delete(p.failed, m.Path)
		}
	}
	return nil
}

// openThird checks a third-party package; mu is held.
func (p *Packages) openThird(m *modules.Package) (*types.Package, error) {
	files, err := m.Parse(p.fset)
	if err != nil {
		return nil, fmt.Errorf("source of %s: %w", m, err)
	}
	var first error
	conf := &types.Config{
		GoVersion: m.GoVersion,
		Importer:  locked{p},
		Sizes:     p.sizes,
		Error: func(err error) {
			var e types.Error
			if first == nil && errors.As(err, &e) && !e.Soft {
				first = err
			}
		},
	}
	q, info := types.NewPackage(m.Path, m.Name), newInfo()
	p.known[m.Path] = q
	types.NewChecker(conf, p.fset, q, info).Files(files) // errors arrive through conf.Error
	if first != nil {
		delete(p.known, m.Path)
		return nil, fmt.Errorf("source of %s: %w", m, first)
	}
	p.syntax[q] = &syntax{files, info}
	p.third.checked[m.Path] = true
	return q, nil
}

// isThirdParty says whether a package comes from a module, or should have.
func (p *Packages) isThirdParty(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.third.found[path] != nil || p.third.missing[path]
}

// thirdDocs is the source of a third-party package for documentation; nil for others.
func (p *Packages) thirdDocs(path string) map[string][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.third.found[path]
	if m == nil {
		return nil
	}
	files := map[string][]byte{}
	for _, f := range m.Files {
		files[f.Name] = f.Text
	}
	return files
}

// importPaths lists what an import that begins with prefix may be completed to.
func (p *Packages) importPaths(prefix string) []string {
	var l []string
	for _, path := range p.Paths() {
		if strings.HasPrefix(path, prefix) {
			l = append(l, path)
		}
	}
	dir, err := os.Getwd()
	if err != nil || prefix == "" {
		return l
	}
	seen := map[string]bool{}
	for _, path := range l {
		seen[path] = true
	}
	for _, path := range p.third.loader.Known(dir, prefix) {
		if !seen[path] {
			l = append(l, path)
		}
	}
	return l
}
