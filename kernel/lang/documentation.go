package lang

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/lang/overlay"
)

// docEntry is the comment and the source of a declaration.
type docEntry struct{ text, source string }

// documentation finds an object's doc comment: in the embedded source of our packages, in GOROOT
// where there is one, or in the overlay.
func (p *Packages) documentation(o types.Object) docEntry {
	if pn, ok := o.(*types.PkgName); ok {
		return p.docs(pn.Imported().Path()).find("", "package ")
	}
	if o.Pkg() == nil {
		return p.docs("builtin").find(o.Name(), o.Name())
	}
	return p.docs(o.Pkg().Path()).find(docKey(o), docHint(o))
}

// docs is the source of a package; a file is parsed when something in it is first asked for.
type docs struct {
	mu      sync.Mutex
	texts   map[string][]byte // not parsed yet
	entries map[string]docEntry
}

// find looks for key, in files that contain hint first.
func (d *docs) find(key, hint string) docEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, hint := range []string{hint, ""} {
		for _, name := range sortedKeys(d.texts) {
			if e := d.entries[key]; e.text != "" {
				return e
			}
			if text := d.texts[name]; bytes.Contains(text, []byte(hint)) {
				delete(d.texts, name)
				addDocs(d.entries, name, text)
			}
		}
		if e, ok := d.entries[key]; ok && key != "" {
			return e
		}
	}
	return d.entries[key]
}

// docHint is text that the declaration of o most likely contains.
func docHint(o types.Object) string {
	switch o := o.(type) {
	case *types.Func:
		if o.Signature().Recv() != nil {
			return ") " + o.Name() + "("
		}
		return "func " + o.Name()
	case *types.TypeName:
		return "type " + o.Name()
	}
	return o.Name()
}

// docKey names an object within its package: "F", "T", "T.Method", "T.Field".
func docKey(o types.Object) string {
	switch o := o.(type) {
	case *types.Func:
		if r := o.Signature().Recv(); r != nil {
			t := r.Type()
			if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
				t = ptr.Elem()
			}
			if n, ok := types.Unalias(t).(*types.Named); ok {
				return n.Obj().Name() + "." + o.Name()
			}
		}
	case *types.Var:
		if o.IsField() {
			for _, n := range o.Pkg().Scope().Names() {
				tn, ok := o.Pkg().Scope().Lookup(n).(*types.TypeName)
				if !ok {
					continue
				}
				if st, ok := tn.Type().Underlying().(*types.Struct); ok {
					for f := range st.Fields() {
						if f == o {
							return n + "." + o.Name()
						}
					}
				}
			}
		}
	}
	return o.Name()
}

// docs opens the source of a package, once.
func (p *Packages) docs(path string) *docs {
	p.docMu.Lock()
	defer p.docMu.Unlock()
	if d := p.docCache[path]; d != nil {
		return d
	}
	texts, err := p.docFiles(path)
	if err != nil {
		texts = nil // nothing to show; the signature is there all the same
	}
	d := &docs{texts: texts, entries: map[string]docEntry{}}
	p.docCache[path] = d
	return d
}

func (p *Packages) docFiles(importPath string) (map[string][]byte, error) {
	if o := p.own[importPath]; o != nil && hasSource(o) {
		names, err := fs.Glob(o.Source, "*.go")
		return readFiles(o.Source, names, err)
	}
	if files := p.thirdDocs(importPath); files != nil {
		return files, nil
	}
	if root := goroot(); root != "" {
		sys := os.DirFS(filepath.Join(root, "src"))
		names, err := fs.Glob(sys, path.Join(importPath, "*.go"))
		if err == nil && len(names) > 0 {
			return readFiles(sys, names, nil)
		}
	}
	return overlay.Files(importPath)
}

func readFiles(sys fs.FS, names []string, err error) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, n := range names {
		if strings.HasSuffix(n, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(sys, n)
		if err != nil {
			return nil, err
		}
		files[n] = text
	}
	return files, err
}

// goroot is a Go installation of any release on this machine, or "".
var goroot = sync.OnceValue(func() string {
	candidates := []string{os.Getenv("GOROOT"), build.Default.GOROOT}
	if p, err := exec.LookPath("go"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			candidates = append(candidates, filepath.Dir(filepath.Dir(p)))
		}
	}
	if runtime.GOOS != "windows" {
		candidates = append(candidates, "/usr/local/go", "/usr/lib/go")
	}
	for _, c := range candidates {
		if c == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(c, "src", "fmt", "print.go")); err == nil {
			return c
		}
	}
	return ""
})

// addDocs notes the declarations of one file.
func addDocs(m map[string]docEntry, name string, text []byte) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	if doc := f.Doc.Text(); doc != "" && len(doc) > len(m[""].text) {
		m[""] = docEntry{text: doc}
	}
	declDocs(m, f, func(n ast.Node) string {
		return string(text[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset])
	})
}

// declDocs notes the declarations of a file; source gives the text of a node.
func declDocs(m map[string]docEntry, f *ast.File, source func(ast.Node) string) {
	put := func(key, doc string, n ast.Node) {
		if old, ok := m[key]; !ok || old.text == "" {
			m[key] = docEntry{doc, source(n)}
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			key := d.Name.Name
			if d.Recv != nil && len(d.Recv.List) > 0 {
				key = receiverName(d.Recv.List[0].Type) + "." + key
			}
			put(key, d.Doc.Text(), d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				var n ast.Node = s
				if len(d.Specs) == 1 && d.TokPos.IsValid() {
					n = d
				}
				switch s := s.(type) {
				case *ast.TypeSpec:
					put(s.Name.Name, firstOf(s.Doc, d.Doc), n)
					if st, ok := s.Type.(*ast.StructType); ok {
						for _, field := range st.Fields.List {
							for _, id := range field.Names {
								put(s.Name.Name+"."+id.Name, firstOf(field.Doc, field.Comment), field)
							}
						}
					}
					if it, ok := s.Type.(*ast.InterfaceType); ok {
						for _, method := range it.Methods.List {
							for _, id := range method.Names {
								put(s.Name.Name+"."+id.Name, firstOf(method.Doc, method.Comment), method)
							}
						}
					}
				case *ast.ValueSpec:
					for _, id := range s.Names {
						put(id.Name, firstOf(s.Doc, s.Comment, d.Doc), n)
					}
				}
			}
		}
	}
}

func firstOf(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if t := g.Text(); t != "" {
			return t
		}
	}
	return ""
}

func receiverName(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// sessionDoc is the comment and the text of what a cell declares.
func (s *Session) sessionDoc(o types.Object) docEntry {
	s.mu.RLock()
	c := s.cells[o.Pkg()]
	s.mu.RUnlock()
	if c == nil || c.file == nil {
		return docEntry{}
	}
	m := map[string]docEntry{}
	u := &unit{s: s, src: newSource("", c.source)}
	declDocs(m, c.file, func(n ast.Node) string {
		from, to := u.offset(n.Pos()), u.offset(n.End())
		if from < 0 || to > len(c.source) || from >= to {
			return ""
		}
		return c.source[from:to]
	})
	return m[docKey(o)]
}
