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
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/lang/overlay/rt"
)

const embedDirective = "//go:embed "

// embedSupport is the package of compiled functions that give variables their embedded files.
const embedSupport = "github.com/goray/goray/kernel/lang/overlay/rt"

// embedding is one variable with a go:embed directive.
type embedding struct {
	spec     *ast.ValueSpec
	maker    string // the function of embedSupport
	patterns []string
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
			e := embedding{spec: spec}
			for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
				if doc == nil || doc == g.Doc && g.Lparen.IsValid() {
					continue
				}
				for _, c := range doc.List {
					if rest, ok := strings.CutPrefix(c.Text, embedDirective); ok {
						e.patterns = append(e.patterns, fields(rest)...)
					}
				}
			}
			if len(e.patterns) == 0 {
				continue
			}
			if e.maker = maker(spec.Type); e.maker == "" || len(spec.Names) != 1 {
				return nil, fmt.Sprintf("var %s embeds files (go:embed) as something else than a string, []byte or embed.FS", spec.Names[0].Name)
			}
			list = append(list, e)
		}
	}
	return list, ""
}

// fields takes the patterns of a directive apart; they may be quoted.
func fields(s string) (list []string) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if quoted, err := strconv.QuotedPrefix(s); err == nil {
			if text, err := strconv.Unquote(quoted); err == nil {
				list, s = append(list, text), s[len(quoted):]
				continue
			}
		}
		word, rest, _ := strings.Cut(s, " ")
		list, s = append(list, word), rest
	}
	return list
}

// maker is the function that makes a value of type t of embedded files; "" for none.
func maker(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.ArrayType:
		if id, ok := t.Elt.(*ast.Ident); ok && t.Len == nil && (id.Name == "byte" || id.Name == "uint8") {
			return "EmbedBytes"
		}
	case *ast.SelectorExpr:
		if t.Sel.Name == "FS" {
			return "EmbedFS"
		}
	case *ast.Ident:
		if t.Name == "string" {
			return "EmbedString"
		}
	}
	return ""
}

// embeds says whether a pattern selects a file: by its name, or by that of a folder around it. In a
// folder, names that begin with a dot or an underscore count only where the pattern says all:.
func embeds(pattern, file string) bool {
	pattern, all := strings.CutPrefix(pattern, "all:")
	if ok, err := path.Match(pattern, file); ok && err == nil {
		return true
	}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if ok, err := path.Match(pattern, dir); ok && err == nil {
			rest := strings.TrimPrefix(file, dir+"/")
			if dir == "." {
				rest = file
			}
			return all || !slices.ContainsFunc(strings.Split(rest, "/"), func(e string) bool { return e[0] == '.' || e[0] == '_' })
		}
		if dir == "." {
			return false
		}
	}
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
	if len(p.Embedded) > 0 {
		contents := map[string]string{}
		for _, f := range p.Embedded {
			contents[f.Name] = string(f.Text)
		}
		rt.KeepEmbedded(p.Hash, contents)
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
	if len(list) == 0 {
		return nil
	}
	const alias = "rtˑ"
	for _, e := range list {
		at := e.spec.End()
		literal := func(s string) ast.Expr {
			return &ast.BasicLit{ValuePos: at, Kind: token.STRING, Value: strconv.Quote(s)}
		}
		args := []ast.Expr{literal(p.Hash)}
		for _, file := range p.Embedded {
			if slices.ContainsFunc(e.patterns, func(pattern string) bool { return embeds(pattern, file.Name) }) {
				args = append(args, literal(file.Name))
			}
		}
		if len(args) == 1 || e.maker != "EmbedFS" && len(args) > 2 {
			return fmt.Errorf("package %s: var %s embeds %s, which is %d files", p.Path, e.spec.Names[0].Name, strings.Join(e.patterns, " "), len(args)-1)
		}
		fun := &ast.SelectorExpr{X: &ast.Ident{NamePos: at, Name: alias}, Sel: &ast.Ident{NamePos: at, Name: e.maker}}
		e.spec.Values = []ast.Expr{&ast.CallExpr{Fun: fun, Lparen: at, Args: args, Rparen: at}}
	}
	i := &ast.ImportSpec{Name: ast.NewIdent(alias), Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(embedSupport)}}
	f.Imports = append(f.Imports, i)
	f.Decls = slices.Insert(f.Decls, 0, ast.Decl(&ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{i}}))
	return nil
}
