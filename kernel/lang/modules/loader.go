package modules

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// EnvDir names the folder of pinned versions instead of the one in the user's cache.
const EnvDir = "GORAY_MODULES"

// Loader finds packages. It may be used by several goroutines; only one of them waits for the Go
// tool at a time.
type Loader struct {
	dir string // go.mod, go.sum and the index; empty where nothing can be kept

	mu       sync.Mutex
	opened   bool
	mod, sum []byte

	knownMu sync.Mutex
	known   map[string][]string // import paths below a folder
}

// New returns a loader that keeps versions in dir; "" means the folder that GORAY_MODULES names,
// or goray/modules in the user's cache. Nothing is read before the first use.
func New(dir string) *Loader {
	if dir == "" {
		dir = os.Getenv(EnvDir)
	}
	if dir == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			dir = filepath.Join(cache, "goray", "modules")
		}
	}
	return &Loader{dir: dir, known: map[string][]string{}}
}

// Resolve finds the package called path and all that it imports, dependencies first; without
// those for which compiled is true, nor the standard library. from is the folder whose go.mod or
// go.work comes first. The error is one line.
func (l *Loader) Resolve(ctx context.Context, from, path string, compiled func(string) bool) ([]*Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if inModule(from) {
		set, err := l.local(ctx, from, path, compiled)
		if !errors.Is(err, errElsewhere) {
			return set, err
		}
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return nil, fmt.Errorf("package %s is not in the standard library, and no go.mod above %s has it", path, from)
	}
	return l.private(ctx, path, compiled)
}

// inModule says whether a go.mod or go.work is in dir or above it.
func inModule(dir string) bool { return moduleRoot(dir) != "" }

func moduleRoot(dir string) string {
	for dir != "" {
		for _, name := range []string{"go.mod", "go.work"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				return dir
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	return ""
}

// errElsewhere says that the module around a folder has no such package.
var errElsewhere = errors.New("no such package in this module")

// local asks the module, or workspace, around the folder.
func (l *Loader) local(ctx context.Context, from, path string, compiled func(string) bool) ([]*Package, error) {
	command, err := findTool()
	if err != nil {
		return nil, errElsewhere // what is pinned may still be there
	}
	t := tool{command: command, dir: from}
	set, err := t.choose(ctx, path, compiled)
	var missing *toolError
	if errors.As(err, &missing) || isMissing(err) {
		return nil, errElsewhere
	}
	if err != nil {
		return nil, err
	}
	return readAll(set)
}

// isMissing says whether the complaint is that go.mod does not list the module.
func isMissing(err error) bool {
	if err == nil {
		return false
	}
	for _, s := range []string{"no required module provides package", "is not in std", "cannot find module providing package", "is not in your go.mod", "not in GOROOT"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

// private asks the loader's own go.mod, which gets what is missing.
func (l *Loader) private(ctx context.Context, path string, compiled func(string) bool) ([]*Package, error) {
	if err := l.open(); err != nil {
		return nil, err
	}
	if set := l.recall(path, compiled); set != nil {
		if pkgs, err := readAll(set); err == nil {
			return pkgs, nil
		}
	}
	var set []*listed
	err := l.inScratch(ctx, func(t tool) (err error) {
		set, err = t.choose(ctx, path, compiled)
		return err
	})
	if errors.Is(err, errNoTool) {
		if set := l.recallLatest(path, compiled); set != nil {
			return readAll(set)
		}
	}
	if err != nil {
		return nil, err
	}
	l.note(path, set)
	return readAll(set)
}

// choose lists what has to be interpreted, with portable files where a package offers a choice.
// Later choices mean more than the first, so they are taken only for the packages that are refused
// without them.
func (t tool) choose(ctx context.Context, path string, compiled func(string) bool) ([]*listed, error) {
	var first error
	plain := map[string]*listed{}
	for i, c := range choices {
		all, err := t.list(ctx, path, c)
		if err != nil {
			if i > 0 && ctx.Err() == nil {
				return nil, first // such as an architecture that the system does not have
			}
			return nil, err
		}
		for _, l := range all {
			l.foreign = c.arch != ""
		}
		maps.Copy(all, plain)
		set := needed(all, path, compiled)
		if len(set) == 0 {
			return nil, fmt.Errorf("go list knows no package %s", path)
		}
		if set[len(set)-1].Name == "main" {
			return nil, fmt.Errorf("package %s is a program, not an importable package", path)
		}
		err = obstacles(set)
		if err == nil {
			return set, nil
		}
		var refused *RefusedError
		if !errors.As(err, &refused) {
			if i > 0 {
				return nil, first
			}
			return nil, err
		}
		if first == nil {
			first = err
		}
		for _, l := range set {
			if l.obstacle() == nil {
				plain[l.ImportPath] = l
			}
		}
	}
	return nil, first
}

func obstacles(set []*listed) error {
	var first error
	for _, l := range set {
		if err := l.obstacle(); err != nil {
			var refused *RefusedError
			if !errors.As(err, &refused) {
				return err
			}
			if first == nil {
				first = err
			}
		}
	}
	return first
}

func readAll(set []*listed) ([]*Package, error) {
	pkgs := make([]*Package, len(set))
	for i, l := range set {
		p, err := l.read()
		if err != nil {
			return nil, err
		}
		pkgs[i] = p
	}
	return pkgs, nil
}
