package modules

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

const embedDirective = "//go:embed "

// embedding is one variable with a go:embed directive.
type embedding struct {
	spec    *ast.ValueSpec
	pattern string
}

// embeddings lists the variables of a file that hold embedded files; refused is why one cannot be.
func embeddings(f *ast.File) (list []embedding, refused string) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			var patterns []string
			for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
				if doc == nil || doc == g.Doc && g.Lparen.IsValid() {
					continue
				}
				for _, c := range doc.List {
					if rest, ok := strings.CutPrefix(c.Text, embedDirective); ok {
						patterns = append(patterns, strings.Fields(rest)...)
					}
				}
			}
			if len(patterns) == 0 {
				continue
			}
			if len(patterns) != 1 || len(spec.Names) != 1 || !holdsOneFile(spec.Type) {
				return nil, fmt.Sprintf("var %s embeds a tree of files (go:embed); a single file as string or []byte would do", spec.Names[0].Name)
			}
			p := patterns[0]
			if q, err := strconv.Unquote(p); err == nil {
				p = q
			}
			list = append(list, embedding{spec, strings.TrimPrefix(p, "all:")})
		}
	}
	return list, ""
}

// holdsOneFile says whether t is string or []byte.
func holdsOneFile(t ast.Expr) bool {
	if a, ok := t.(*ast.ArrayType); ok && a.Len == nil {
		id, ok := a.Elt.(*ast.Ident)
		return ok && (id.Name == "byte" || id.Name == "uint8")
	}
	id, ok := t.(*ast.Ident)
	return ok && id.Name == "string"
}

// embedObstacle says which variable of a package cannot be given its embedded files.
func (l *listed) embedObstacle() error {
	for _, name := range l.GoFiles {
		text, err := os.ReadFile(filepath.Join(l.Dir, name))
		if err != nil || !bytes.Contains(text, []byte(embedDirective)) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue // the check says what is wrong
		}
		if _, refused := embeddings(f); refused != "" {
			return &RefusedError{l.ImportPath, name, refused}
		}
	}
	return nil
}

// Parse parses the package's files, and gives variables of embedded files their values.
func (p *Package) Parse(fset *token.FileSet) ([]*ast.File, error) {
	files := make([]*ast.File, len(p.Files))
	errs := make([]error, len(p.Files))
	var g sync.WaitGroup
	slots := make(chan bool, runtime.GOMAXPROCS(0))
	for i, f := range p.Files {
		slots <- true
		g.Go(func() {
			files[i], errs[i] = p.parse(fset, f)
			<-slots
		})
	}
	g.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p.addStandIn(fset, files)
}

func (p *Package) parse(fset *token.FileSet, f File) (*ast.File, error) {
	mode := parser.SkipObjectResolution
	if len(p.Embedded) > 0 {
		mode |= parser.ParseComments
	}
	parsed, err := parser.ParseFile(fset, p.Path+"/"+f.Name, f.Text, mode)
	if err == nil && len(p.Embedded) > 0 {
		err = p.embed(parsed)
	}
	return parsed, err
}

func (p *Package) embed(f *ast.File) error {
	list, refused := embeddings(f)
	if refused != "" {
		return &RefusedError{p.Path, f.Name.Name, refused}
	}
	for _, e := range list {
		var data []byte
		found := false
		for _, file := range p.Embedded {
			if ok, err := path.Match(e.pattern, file.Name); ok && err == nil {
				data, found = file.Text, true
			}
		}
		if !found {
			return fmt.Errorf("package %s embeds %s, which is not there", p.Path, e.pattern)
		}
		at := e.spec.End()
		text := &ast.BasicLit{ValuePos: at, Kind: token.STRING, Value: strconv.Quote(string(data))}
		e.spec.Values = []ast.Expr{&ast.CallExpr{Fun: e.spec.Type, Lparen: at, Args: []ast.Expr{text}, Rparen: at}}
	}
	return nil
}
