package lang

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules"
)

// packedList is a set of third-party packages, dependencies first. It travels as a part of its own,
// and so does each package, so that a function costs one hash once its packages are known.
type packedList struct {
	hash     string
	packages []modules.Packed // without Data, where it came from elsewhere
	parts    []engine.Part    // the list itself, then the packages; nil where it came from elsewhere
}

// Pack notes in a bundle which third-party packages its cells need, and returns their source: first
// the list, then each package. fingerprint tells two sets of packages apart; it is empty without any.
func (s *Session) Pack(b *Bundle) (parts []engine.Part, fingerprint string, err error) {
	p := s.pkgs
	p.mu.Lock()
	defer p.mu.Unlock()
	b.Modules = ""
	var list []modules.Packed
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
		list = append(list, packed)
		return nil
	}
	for _, c := range b.Cells {
		for _, name := range sortedKeys(c.Imports) {
			if err := visit(c.Imports[name]); err != nil {
				return nil, "", err
			}
		}
	}
	if len(list) == 0 {
		return nil, "", nil
	}
	var text strings.Builder
	for _, m := range list {
		fmt.Fprintf(&text, "%s %s\n", m.Path, m.Hash)
	}
	l := p.third.byPrint[text.String()]
	if l == nil {
		data, err := json.Marshal(list)
		if err != nil {
			return nil, "", err
		}
		l = &packedList{hash: modules.Sum(data), packages: list, parts: []engine.Part{{Hash: modules.Sum(data), Data: data}}}
		for _, m := range list {
			l.parts = append(l.parts, engine.Part{Hash: m.Sum, Data: m.Data})
		}
		p.third.byPrint[text.String()], p.third.lists[l.hash] = l, l
	}
	b.Modules = l.hash
	return l.parts, text.String(), nil
}

// unpack makes the third-party packages of a bundle importable. It asks for those alone that are
// not here.
func (p *Packages) unpack(hash string, part func(hash string) ([]byte, error)) error {
	if hash == "" {
		return nil
	}
	fetch := func(what, hash string) ([]byte, error) {
		if part == nil {
			return nil, fmt.Errorf("source of %s is not in this process", what)
		}
		data, err := part(hash)
		if err == nil && modules.Sum(data) != hash {
			err = fmt.Errorf("source of %s is damaged; export the function again", what)
		}
		return data, err
	}
	p.mu.Lock()
	l := p.third.lists[hash]
	p.mu.Unlock()
	if l == nil {
		data, err := fetch("third-party packages", hash)
		if err != nil {
			return err
		}
		l = &packedList{hash: hash}
		if err := json.Unmarshal(data, &l.packages); err != nil {
			return fmt.Errorf("list of third-party packages: %w", err)
		}
	}
	var set []*modules.Package
	var packed []modules.Packed
	for _, m := range l.packages {
		p.mu.Lock()
		old := p.third.found[m.Path]
		p.mu.Unlock()
		if old != nil && old.Hash == m.Hash {
			continue
		}
		data, err := fetch(m.Path, m.Sum)
		if err != nil {
			return err
		}
		m.Give(data)
		q, err := m.Unpack()
		if err != nil {
			return err
		}
		set, packed = append(set, q), append(packed, m)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.adopt(set); err != nil {
		return err
	}
	for _, m := range packed {
		p.third.packed[m.Path] = m
	}
	p.third.lists[hash] = l
	return nil
}

// FromModule says whether a package is interpreted from the source of a module.
func (p *Packages) FromModule(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.third.found[path] != nil
}

// Module returns a third-party package; nil when a package is none.
func (p *Packages) Module(path string) *modules.Package {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.third.found[path]
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
