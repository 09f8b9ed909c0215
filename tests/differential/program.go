package differential

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// program is one section of a topic.
type program struct {
	topic, name string
	cells       []string
}

func (p program) String() string { return p.topic + "/" + p.name }

// readTopic reads the programs of a file.
func readTopic(file string) ([]program, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	topic := strings.TrimSuffix(filepath.Base(file), ".txtar")
	var out []program
	seen := map[string]bool{}
	for _, f := range txtar.Parse(data).Files {
		if seen[f.Name] || !token.IsIdentifier(f.Name) {
			return nil, fmt.Errorf("%s: the section %q must have an identifier of its own as its name", file, f.Name)
		}
		seen[f.Name] = true
		out = append(out, program{topic, f.Name, cells(string(f.Data))})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no program", file)
	}
	return out, nil
}

// cells cuts a program at its lines "// %%".
func cells(source string) []string {
	out := []string{""}
	for line := range strings.Lines(source) {
		if strings.TrimSpace(line) == "// %%" {
			out = append(out, "")
			continue
		}
		out[len(out)-1] += line
	}
	return out
}

// packageName is the name of every package of a program. What it prints of itself is replaced by
// "main", which is as long, so that columns stay aligned.
const packageName = "prog"

// part is one run of lines that parses.
type part struct {
	text   string
	file   *ast.File
	isDecl bool
}

func (p program) parts() ([]part, error) {
	var out []part
	for _, cell := range p.cells {
		pending := ""
		for line := range strings.Lines(cell) {
			if pending += line; strings.TrimSpace(pending) == "" {
				pending = ""
				continue
			}
			if f, isDecl := parse(strings.TrimRight(pending, "\n")); f != nil {
				out = append(out, part{pending, f, isDecl})
				pending = ""
			}
		}
		if pending != "" {
			return nil, fmt.Errorf("%v: does not parse: %s", p, pending)
		}
	}
	return out, nil
}

// compiled writes the program as a package with a function Main.
func (p program) compiled() (string, error) {
	imports, top, main, err := p.apart()
	if err != nil {
		return "", err
	}
	return "package " + packageName + "\n\n" + imports + "\n" + top + "\nfunc Main() {\n" + main + "}\n", nil
}

// apart takes a program apart: its imports, what it declares, and its statements. Variables belong to
// the statements, unless a declared function uses them.
func (p program) apart() (importText, declarations, statements string, err error) {
	parts, err := p.parts()
	if err != nil {
		return "", "", "", err
	}
	imports := map[string]bool{} // as written: `"fmt"`, `m "math"`
	named := map[string]bool{}
	used, inFuncs := map[string]bool{}, map[string]bool{}
	for _, part := range parts {
		mark(part.file, used, named)
		for _, im := range part.file.Imports {
			name, spec := path.Base(strings.Trim(im.Path.Value, `"`)), im.Path.Value
			if im.Name != nil {
				name, spec = im.Name.Name, im.Name.Name+" "+spec
			}
			imports[spec], named[name] = true, true
		}
		if part.isDecl {
			markFuncs(part.file, inFuncs)
		}
	}
	// What the value of a variable of the package uses belongs to the package, too.
	for _, part := range slices.Backward(parts) {
		if slices.ContainsFunc(variables(part), func(n string) bool { return inFuncs[n] }) {
			markNames(part.file, inFuncs)
		}
	}
	var top, main strings.Builder
	for _, part := range parts {
		switch names := variables(part); {
		case len(part.file.Imports) > 0:
		case !part.isDecl:
			main.WriteString(part.text)
		case names == nil || slices.ContainsFunc(names, func(n string) bool { return inFuncs[n] }):
			top.WriteString(part.text + "\n")
		default:
			main.WriteString(part.text + "\n")
			for _, name := range names {
				if name != "_" {
					main.WriteString("_ = " + name + "\n")
				}
			}
		}
	}
	for name := range used {
		if path := standard[name]; path != "" && !named[name] {
			imports[fmt.Sprintf("%q", path)] = true
		}
	}
	var b strings.Builder
	for _, spec := range slices.Sorted(maps.Keys(imports)) {
		b.WriteString("import " + spec + "\n")
	}
	return b.String(), top.String(), main.String(), nil
}

// variables are the names that a "var" declares.
func variables(p part) (names []string) {
	for _, d := range p.file.Decls {
		if gen, ok := d.(*ast.GenDecl); ok && p.isDecl && gen.Tok == token.VAR {
			for _, spec := range gen.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}

// markFuncs notes the names in the functions of f.
func markFuncs(f *ast.File, used map[string]bool) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			markNames(fn, used)
		}
	}
}

func markNames(n ast.Node, used map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			used[id.Name] = true
		}
		return true
	})
}

// parse parses text as declarations or else as statements; nil when it is neither, yet.
func parse(text string) (f *ast.File, isDecl bool) {
	fset := token.NewFileSet()
	if f, err := parser.ParseFile(fset, "", "package p\n"+text, parser.SkipObjectResolution); err == nil {
		return f, true
	}
	f, err := parser.ParseFile(fset, "", "package p\nfunc _() {\n"+text+"\n}", parser.SkipObjectResolution)
	if err != nil || len(f.Decls) != 1 {
		return nil, false
	}
	return f, false
}

// mark notes the names that stand before a dot and an exported name, and in named those that the
// program gives to variables.
func mark(f *ast.File, used, named map[string]bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			for _, left := range a.Lhs {
				markNames(left, named)
			}
		}
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, id := range spec.Names {
				named[id.Name] = true
			}
		}
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.IsExported() {
			if id, ok := sel.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
}

// standard are the packages that a program need not import. Names that two packages share are not
// among them.
var standard = func() map[string]string {
	m := map[string]string{}
	for _, p := range strings.Fields(`archive/tar archive/zip bufio bytes cmp compress/gzip
		container/heap container/list container/ring context crypto/md5 crypto/sha1 crypto/sha256 crypto/hmac
		encoding/base64 encoding/binary encoding/csv encoding/gob encoding/hex encoding/json encoding/xml
		errors flag fmt go/ast go/parser go/token hash/crc32 hash/fnv html io io/fs iter log log/slog maps math
		math/big math/bits math/cmplx net/http net/http/httptest net/url os path path/filepath reflect regexp
		runtime slices sort strconv strings sync sync/atomic testing/fstest text/tabwriter time unicode
		unicode/utf8 unicode/utf16 unique mime net/netip`) {
		m[path.Base(p)] = p
	}
	return m
}()
