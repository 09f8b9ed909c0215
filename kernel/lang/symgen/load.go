package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
)

// info is the part of "go list -json" that the generators need.
type info struct {
	ImportPath, Export, Dir, Name string
	Standard                      bool
	GoFiles                       []string
	ImportMap                     map[string]string
}

// world holds packages that share one set of type objects.
type world struct {
	arch string
	fset *token.FileSet
	pkgs map[string]*types.Package // everything seen, by path
	info map[string]*info
	list []*types.Package // public packages, sorted by path
}

// load compiles the packages and reads their export data. Cgo is off so that the result does not
// depend on a C compiler; -trimpath so that it does not depend on where Go lives.
func load(env []string, patterns ...string) (*world, error) {
	args := append([]string{"list", "-export", "-deps", "-trimpath", "-json=ImportPath,Export,Dir,Name,Standard,GoFiles"}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOEXPERIMENT=")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(patterns, " "), err)
	}
	w := &world{arch: runtime.GOARCH, fset: token.NewFileSet(), pkgs: map[string]*types.Package{"unsafe": types.Unsafe}, info: map[string]*info{}}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		i := new(info)
		if err := d.Decode(i); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		w.info[i.ImportPath] = i
	}
	// In order: which package's data brings an object first shows in what is written.
	for _, path := range slices.Sorted(maps.Keys(w.info)) {
		i := w.info[path]
		if !public(path) || i.Name == "main" || path == "unsafe" {
			continue
		}
		p, err := w.read(i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		w.list = append(w.list, p)
	}
	slices.SortFunc(w.list, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	return w, nil
}

func (w *world) read(i *info) (*types.Package, error) {
	f, err := os.Open(i.Export)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, w.fset, w.pkgs, i.ImportPath)
}

// public says whether programs may import path.
func public(path string) bool {
	for _, e := range strings.Split(path, "/") {
		if e == "internal" || e == "vendor" {
			return false
		}
	}
	return path != "runtime/cgo" && path != "runtime/race"
}

// selected are the packages asked for by path.
func (w *world) selected(paths []string) []*types.Package {
	var l []*types.Package
	for _, p := range w.list {
		if slices.Contains(paths, p.Path()) {
			l = append(l, p)
		}
	}
	return l
}

// thirdParty are the packages outside the standard library.
func (w *world) thirdParty() []*types.Package {
	var l []*types.Package
	for _, p := range w.list {
		if !w.info[p.Path()].Standard {
			l = append(l, p)
		}
	}
	return l
}
