package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// loadSource checks the packages, and all that they import, from their source: for a platform that
// is not this one, nothing has to be compiled. Cgo is off, as in load.
func loadSource(at platform, patterns ...string) (*world, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Dir,Name,Standard,GoFiles,ImportMap"}, patterns...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOEXPERIMENT=", "GOOS="+at.os, "GOARCH="+at.arch)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(patterns, " "), err)
	}
	w := &world{arch: at.arch, fset: token.NewFileSet(), pkgs: map[string]*types.Package{"unsafe": types.Unsafe}, info: map[string]*info{}}
	for d := json.NewDecoder(bytes.NewReader(text)); ; { // dependencies come first
		i := new(info)
		if err := d.Decode(i); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		w.info[i.ImportPath] = i
		if i.ImportPath == "unsafe" {
			continue
		}
		p, err := w.check(i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", i.ImportPath, err)
		}
		if public(i.ImportPath) && i.Name != "main" {
			w.list = append(w.list, p)
		}
	}
	slices.SortFunc(w.list, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	return w, nil
}

// check makes a package of its source; of the standard library without the bodies of functions.
func (w *world) check(i *info) (*types.Package, error) {
	var files []*ast.File
	for _, n := range i.GoFiles {
		f, err := parser.ParseFile(w.fset, filepath.Join(i.Dir, n), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	var first error
	conf := types.Config{
		IgnoreFuncBodies: i.Standard,
		FakeImportC:      true,
		Sizes:            types.SizesFor("gc", w.arch),
		Importer:         mapped{w, i.ImportMap},
		Error: func(err error) {
			var e types.Error
			if first == nil && errors.As(err, &e) && !e.Soft { // soft: imports that only bodies use
				first = err
			}
		},
	}
	p, _ := conf.Check(i.ImportPath, w.fset, files, nil)
	if first != nil {
		return nil, first
	}
	w.pkgs[i.ImportPath] = p
	return p, nil
}

// mapped imports what has been checked, by the names that a package's files use.
type mapped struct {
	w     *world
	names map[string]string
}

func (m mapped) Import(path string) (*types.Package, error) {
	if to := m.names[path]; to != "" {
		path = to
	}
	if p := m.w.pkgs[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %q", path)
}
