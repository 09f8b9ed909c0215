package overlay

import (
	"archive/zip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"
)

// Wanted lists, line by line, what the generator takes from GOROOT.
//
//go:embed goroot.txt
var Wanted string

//go:embed all:_std
var replaced embed.FS

//go:embed gen_goroot.zip
var goroot string

// whole has the packages that exist as source only; everything they export is generic.
var whole = map[string]bool{"cmp": true, "iter": true, "maps": true, "slices": true, "unique": true, "weak": true}

// Whole says whether all of the package comes from here.
func Whole(path string) bool { return whole[path] }

// index maps an import path to its files' names.
var index = sync.OnceValues(func() (map[string][]string, error) {
	m := map[string][]string{}
	add := func(name string) { m[path.Dir(name)] = append(m[path.Dir(name)], name) }
	err := fs.WalkDir(replaced, "_std", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			add(strings.TrimPrefix(name, "_std/"))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	z, err := archive()
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".go") {
			add(f.Name)
		}
	}
	return m, nil
})

var archive = sync.OnceValues(func() (*zip.Reader, error) {
	return zip.NewReader(strings.NewReader(goroot), int64(len(goroot)))
})

// Has says whether some of the package's source is here. It does not look into the archive, so
// that the generator can ask before there is one.
func Has(path string) bool { return known()[path] }

var known = sync.OnceValue(func() map[string]bool {
	m := maps.Clone(whole)
	for line := range strings.Lines(Wanted) {
		if f := strings.Fields(line); len(f) > 1 && f[0] != "#" {
			m[f[0]] = true
		}
	}
	fs.WalkDir(replaced, "_std", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			m[strings.TrimPrefix(path.Dir(name), "_std/")] = true
		}
		return err
	})
	return m
})

// Files returns the source files of a package by name.
func Files(path string) (map[string][]byte, error) {
	m, err := index()
	if err != nil {
		return nil, fmt.Errorf("overlay: the embedded source is damaged; run go generate ./kernel/lang/... and build again: %w", err)
	}
	files := map[string][]byte{}
	for _, name := range m[path] {
		f, err := open(name)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("overlay: reading %s: %w", name, err)
		}
		files[name] = text
	}
	return files, nil
}

func open(name string) (fs.File, error) {
	if f, err := replaced.Open("_std/" + name); err == nil {
		return f, nil
	}
	z, err := archive()
	if err != nil {
		return nil, err
	}
	return z.Open(name)
}
