package modules

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxKnown is how many import paths are offered; nobody scrolls through more.
const maxKnown = 2000

// Known lists the import paths that begin with prefix and need no network: packages of pinned
// modules, and of the module around from. They are found by their folders.
func (l *Loader) Known(from, prefix string) []string {
	var list []string
	add := func(module, dir string) {
		if !strings.HasPrefix(module, prefix) && !strings.HasPrefix(prefix, module) {
			return
		}
		for _, sub := range l.packagesBelow(dir) {
			if p := path.Join(module, sub); strings.HasPrefix(p, prefix) && len(list) < maxKnown {
				list = append(list, p)
			}
		}
	}
	if cache := moduleCache(); cache != "" {
		for _, m := range l.pinsNow() {
			add(m.path, filepath.Join(cache, escape(m.path)+"@"+escape(m.version)))
		}
	}
	if root := moduleRoot(from); root != "" {
		if mod, err := os.ReadFile(filepath.Join(root, "go.mod")); err == nil {
			for line := range strings.Lines(string(mod)) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
					add(strings.Trim(strings.TrimSpace(name), `"`), root)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// pinsNow is pins for whoever must not wait for the Go tool.
func (l *Loader) pinsNow() []pinned {
	if !l.mu.TryLock() {
		return nil
	}
	defer l.mu.Unlock()
	if l.open() != nil {
		return nil
	}
	return l.pins()
}

// packagesBelow lists the folders of importable packages in a module, once.
func (l *Loader) packagesBelow(dir string) []string {
	l.knownMu.Lock()
	defer l.knownMu.Unlock()
	if list, ok := l.known[dir]; ok {
		return list
	}
	var list []string
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		if !d.IsDir() {
			return nil
		}
		if base := d.Name(); p != dir && (base == "internal" || base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' || exists(filepath.Join(p, "go.mod"))) {
			return fs.SkipDir
		}
		if len(list) >= maxKnown {
			return fs.SkipAll
		}
		if importable(p) {
			rel, err := filepath.Rel(dir, p)
			if err == nil {
				list = append(list, filepath.ToSlash(rel))
			}
		}
		return nil
	})
	l.known[dir] = list
	return list
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// importable says whether a folder has Go files that are neither tests nor, by their names, only
// programs.
func importable(dir string) bool {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	return err == nil && slices.ContainsFunc(names, func(n string) bool {
		return !strings.HasSuffix(n, "_test.go") && filepath.Base(n) != "main.go"
	})
}

// escape writes a module path as the module cache does: an upper-case letter as ! and its lower.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if 'A' <= r && r <= 'Z' {
			b.WriteByte('!')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
