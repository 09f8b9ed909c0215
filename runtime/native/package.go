package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Package is the source of a third-party package.
type Package struct {
	Path, Hash string
	GoVersion  string   // of its module, "go1.21"; empty is that of programs
	Imports    []string // all of them
	Files      []File
	Embedded   []File              // by their paths in the package's folder
	Patterns   map[string][]string // of go:embed directives, and the files of Embedded that they name
}

// File is a file of a Package.
type File struct {
	Name string
	Text []byte
}

// standard are the packages that the set has to have.
func (p *Program) standard() []string {
	third := map[string]bool{"unsafe": true}
	for _, m := range p.Packages {
		third[m.Path] = true
	}
	all := slices.Clone(p.Imports)
	for _, m := range p.Packages {
		all = append(all, m.Imports...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(path string) bool { return third[path] })
}

// packages compiles third-party packages, each once for all programs, and returns their lines for the
// compiler and the linker.
func (s *set) packages(ctx context.Context, dir string, all []Package) ([]byte, error) {
	var config []byte
	keys := map[string]string{}
	for i := range all {
		m := &all[i]
		key := m.key(keys)
		keys[m.Path] = key
		archive := filepath.Join(s.third(), key+".a")
		if _, err := os.Stat(archive); err != nil {
			if err := s.compilePackage(ctx, dir, m, archive, config); err != nil {
				return nil, err
			}
		}
		config = fmt.Appendf(config, "packagefile %s=%s\n", m.Path, archive)
	}
	return config, nil
}

// third is the folder of the archives of third-party packages.
func (s *set) third() string { return filepath.Join(s.dir, "third") }

// key is of all that the archive of a package depends on within the set.
func (m *Package) key(known map[string]string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", m.Path, m.Hash)
	for _, path := range m.Imports {
		fmt.Fprintf(h, "%s %s\n", path, known[path])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (s *set) compilePackage(ctx context.Context, dir string, m *Package, archive string, before []byte) error {
	work := filepath.Join(dir, "third", filepath.Base(archive))
	if err := errors.Join(os.MkdirAll(work, 0o755), os.MkdirAll(filepath.Dir(archive), 0o755)); err != nil {
		return err
	}
	config := filepath.Join(work, "importcfg")
	if err := os.WriteFile(config, append(s.importConfig(), before...), 0o644); err != nil {
		return err
	}
	args := []string{"-o", "package.a", "-p", m.Path, "-importcfg", config, "-trimpath", work + "=>" + m.Path, "-dwarf=false", "-pack", "-complete"}
	if m.GoVersion != "" {
		args = append(args, "-lang="+language(m.GoVersion))
	}
	if len(m.Patterns) > 0 {
		file, err := m.embedConfig(work)
		if err != nil {
			return err
		}
		args = append(args, "-embedcfg", file)
	}
	for _, f := range m.Files {
		if err := os.WriteFile(filepath.Join(work, f.Name), f.Text, 0o644); err != nil {
			return err
		}
		args = append(args, f.Name)
	}
	if _, err := s.tool.run(ctx, work, s.tool.tool("compile"), args...); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && !strings.Contains(err.Error(), "could not import ") && ctx.Err() == nil {
			return &BuildError{"package " + m.Path + ": " + err.Error()}
		}
		return err
	}
	return os.Rename(filepath.Join(work, "package.a"), archive) // as a whole; whoever is last has the same
}

// language is a Go version without the number of a patch: "go1.21".
func language(version string) string {
	if parts := strings.SplitN(version, ".", 3); len(parts) == 3 {
		return parts[0] + "." + parts[1]
	}
	return version
}

// embedConfig writes what the compiler asks for embedded files.
func (m *Package) embedConfig(work string) (file string, err error) {
	files := map[string]string{}
	for i, f := range m.Embedded {
		at := filepath.Join(work, fmt.Sprint("embedded", i))
		if err := os.WriteFile(at, f.Text, 0o644); err != nil {
			return "", err
		}
		files[f.Name] = at
	}
	data, err := json.Marshal(map[string]any{"Patterns": m.Patterns, "Files": files})
	if err != nil {
		return "", err
	}
	file = filepath.Join(work, "embedcfg")
	return file, os.WriteFile(file, data, 0o644)
}
