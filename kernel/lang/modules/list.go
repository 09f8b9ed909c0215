package modules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// choice is a way to ask for portable Go instead of assembly, and instead of code that knows the
// insides of the run time.
type choice struct {
	tags []string
	arch string // another architecture than this one
}

// choices are tried in their order. The older tags mean more than the first. The last is for
// packages that choose by architecture alone: on one that hardly anybody writes assembly for, and
// that has this one's sizes and byte order, they take the Go that is meant for all others.
var choices = []choice{
	{tags: portable},
	{tags: append(slices.Clone(portable), "appengine", "disableunsafe", "generic")},
	{tags: portable, arch: "mips64le"},
	{tags: portable, arch: "riscv64"},
}

var portable = []string{"purego", "noasm", "safe"}

// listed is a package as "go list -json" describes it.
type listed struct {
	ImportPath, Name, Dir string
	GoFiles               []string
	IgnoredGoFiles        []string `json:",omitempty"`
	SFiles                []string `json:",omitempty"`
	Imports               []string `json:",omitempty"`
	EmbedFiles            []string `json:",omitempty"`
	Standard              bool     `json:",omitempty"`
	Module                *listedModule
	Error                 *listedError `json:",omitempty"`

	foreign bool // its files are another architecture's
}

type listedModule struct {
	Path, Version, GoVersion string
	Main                     bool          `json:",omitempty"`
	Replace                  *listedModule `json:",omitempty"`
}

type listedError struct{ Err, Pos string }

const listFields = "-json=ImportPath,Name,Dir,GoFiles,IgnoredGoFiles,SFiles,Imports,EmbedFiles,Standard,Module,Error"

// mutable says whether the files may change: they are in a folder of the user's, not in the module
// cache.
func (l *listed) mutable() bool {
	m := l.Module
	return m == nil || m.Main || m.Version == "" || m.Replace != nil && m.Replace.Version == ""
}

// list asks the Go tool for path and all that it imports.
func (t tool) list(ctx context.Context, path string, c choice) (map[string]*listed, error) {
	if c.arch != "" {
		t.env = append(slices.Clone(t.env), "GOARCH="+c.arch)
	}
	out, err := t.run(ctx, "list", "-e", "-deps", listFields, "-tags="+strings.Join(c.tags, ","), "--", path)
	if err != nil {
		return nil, err
	}
	all := map[string]*listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		l := new(listed)
		if err := d.Decode(l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list %s: %w", path, err)
		}
		all[l.ImportPath] = l
	}
}

// needed is what of all has to be interpreted for path, dependencies first.
func needed(all map[string]*listed, path string, compiled func(string) bool) []*listed {
	var set []*listed
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		l := all[path]
		if seen[path] || l == nil || l.Standard || compiled(path) {
			return
		}
		seen[path] = true
		for _, i := range l.Imports {
			visit(i)
		}
		set = append(set, l)
	}
	visit(path)
	return set
}

// obstacle says why a package cannot be interpreted; nil if it can. Only what can be seen without
// checking types is found here.
func (l *listed) obstacle() error {
	if l.Error != nil {
		if strings.Contains(l.Error.Err, "build constraints exclude all Go files") {
			for _, name := range l.IgnoredGoFiles {
				if text, err := os.ReadFile(filepath.Join(l.Dir, name)); err == nil && usesC(text) {
					return &RefusedError{l.ImportPath, name, "it needs cgo, a C compiler's work"}
				}
			}
			return &RefusedError{l.ImportPath, strings.Join(l.IgnoredGoFiles, ", "), "no file is for this platform"}
		}
		return errors.New(oneLine(l.Error.Err))
	}
	if len(l.EmbedFiles) > 0 {
		if err := l.embedObstacle(); err != nil {
			return err
		}
	}
	if l.foreign && slices.ContainsFunc(l.Imports, knowsTheSystem) {
		return &RefusedError{l.ImportPath, l.GoFiles[0], "it calls the system, in a way of its own on each architecture"}
	}
	for _, name := range l.GoFiles {
		text, err := os.ReadFile(filepath.Join(l.Dir, name))
		if err != nil || len(l.SFiles) == 0 && !l.foreign && !bytes.Contains(text, []byte("//go:linkname")) {
			continue
		}
		if f := bodyless(l.ImportPath, name, text); f != "" {
			reason := "func " + f + " has no body: it is written in assembly"
			if len(l.SFiles) == 0 || bytes.Contains(text, []byte("//go:linkname "+f+" ")) {
				reason = "func " + f + " has no body: it is linked to the insides of another package (go:linkname)"
			}
			return &RefusedError{l.ImportPath, name, reason}
		}
	}
	return nil
}

// knowsTheSystem says whether whoever imports path may depend on numbers and layouts that differ
// between architectures.
func knowsTheSystem(path string) bool {
	return path == "syscall" || path == "C" || strings.HasPrefix(path, "golang.org/x/sys/") && path != "golang.org/x/sys/cpu"
}

func usesC(text []byte) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
	return err == nil && slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"C"` })
}

// bodyless is the first function of a file that Go code does not define, here or in standIns.
func bodyless(path, name string, text []byte) string {
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return "" // the check says what is wrong
	}
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Body == nil && !standsIn(path, fd.Name.Name) {
			return fd.Name.Name
		}
	}
	return ""
}

// RefusedError says that a package cannot be interpreted.
type RefusedError struct{ Path, File, Reason string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("package %s cannot be interpreted: %s: %s; choose a package in plain Go, or build a goray that has it compiled: goray build-kernel -with %s", e.Path, e.File, e.Reason, e.Path)
}
