package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/lang/modules"
)

// Pack adds to a bundle the source of the third-party packages that its cells need, dependencies
// first. fingerprint tells two sets of packages apart; it is empty without any.
func (s *Session) Pack(b *Bundle) (fingerprint string, err error) {
	p := s.pkgs
	p.mu.Lock()
	defer p.mu.Unlock()
	b.Modules = nil
	seen := map[string]bool{}
	var visit func(path string) error
	visit = func(path string) error {
		m := p.third.found[path]
		if m == nil || seen[path] {
			return nil
		}
		seen[path] = true
		for _, i := range m.Imports {
			if err := visit(i); err != nil {
				return err
			}
		}
		packed, ok := p.third.packed[path]
		if !ok {
			if packed, err = m.Pack(); err != nil {
				return err
			}
			p.third.packed[path] = packed
		}
		b.Modules = append(b.Modules, packed)
		return nil
	}
	for _, c := range b.Cells {
		for _, name := range sortedKeys(c.Imports) {
			if err := visit(c.Imports[name]); err != nil {
				return "", err
			}
		}
	}
	var text strings.Builder
	for _, m := range b.Modules {
		fmt.Fprintf(&text, "%s %s\n", m.Path, m.Hash)
	}
	return text.String(), nil
}

// unpack makes the third-party packages of a bundle importable.
func (p *Packages) unpack(b *Bundle) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var set []*modules.Package
	for i := range b.Modules {
		packed := &b.Modules[i]
		if old := p.third.found[packed.Path]; old != nil && old.Hash == packed.Hash {
			continue
		}
		m, err := packed.Unpack()
		if err != nil {
			return err
		}
		set = append(set, m)
	}
	if err := p.adopt(set); err != nil {
		return err
	}
	for _, packed := range b.Modules {
		p.third.packed[packed.Path] = packed
	}
	return nil
}

// FromModule says whether a package is interpreted from the source of a module.
func (p *Packages) FromModule(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.third.found[path] != nil
}

// ThirdParty lists the third-party packages that the session uses, as path and version.
func (p *Packages) ThirdParty() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var l []string
	for path := range p.third.checked {
		l = append(l, p.third.found[path].String())
	}
	slices.Sort(l)
	return l
}
