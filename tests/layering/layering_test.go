// Package layering holds the policy of which room may see which, and the size and naming rules
// of the source. It reads the source; it builds nothing.
package layering

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/goray/goray"
	// maxLines is the most that a hand-written file may hold: one noun per file.
	maxLines = 500
)

// bannedNames say nothing about what a package is for.
var bannedNames = []string{"util", "utils", "common", "helpers", "helper", "manager", "misc", "shared"}

// topLevel is everything that may stand beside go.mod.
var topLevel = []string{".ci", ".git", ".gitattributes", ".gitignore", ".venv", "build", "LICENSE", "Makefile", "README.md",
	"ailib", "go.mod", "go.sum", "kernel", "kernelspec", "main.go", "notebooks", "repl", "runtime", "tests", "viz"}

type rule struct {
	pattern string
	allowed []string
}

// matches says whether pkg is p, or below it when p ends in "/...".
func matches(p, pkg string) bool {
	if p == "*" || p == pkg {
		return true
	}
	base, tree := strings.CutSuffix(p, "/...")
	return tree && (pkg == base || strings.HasPrefix(pkg, base+"/"))
}

func readRules(t *testing.T) []rule {
	t.Helper()
	f, err := os.Open("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rules []rule
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line, _, _ := strings.Cut(sc.Text(), "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		p, allowed, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("layers.txt: no colon in %q", line)
		}
		rules = append(rules, rule{strings.TrimSpace(p), strings.Fields(allowed)})
	}
	// The most specific rule decides.
	slices.SortStableFunc(rules, func(a, b rule) int {
		return specificity(b.pattern) - specificity(a.pattern)
	})
	return rules
}

func specificity(p string) int {
	base, tree := strings.CutSuffix(p, "/...")
	n := 2 * len(base)
	if !tree {
		n++
	}
	return n
}

// sources calls fn for every Go file of the module, with its path relative to the root.
func sources(t *testing.T, fn func(file string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		if d.IsDir() {
			name := d.Name()
			if rel != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "build") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(p, ".go") {
			fn(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsPointDownward(t *testing.T) {
	rules := readRules(t)
	sources(t, func(file string) {
		pkg := path.Dir(file)
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(r.pattern, pkg) })
		for _, im := range f.Imports {
			target, _ := strconv.Unquote(im.Path.Value)
			dep, ours := strings.CutPrefix(target, module+"/")
			if !ours || dep == pkg {
				continue
			}
			if i < 0 {
				t.Errorf("%s imports %s, but %s has no line in tests/layering/layers.txt; add one that says why it may", file, dep, pkg)
				continue
			}
			test := strings.HasSuffix(file, "_test.go")
			ok := slices.ContainsFunc(rules[i].allowed, func(a string) bool { return matches(a, dep) })
			if !ok && !test {
				t.Errorf("%s imports %s, which layers.txt does not allow to %s; move the code down, or let it arrive through an interface", file, dep, rules[i].pattern)
			}
		}
	})
}

func TestFileSizes(t *testing.T) {
	sources(t, func(file string) {
		base := path.Base(file)
		if strings.HasPrefix(base, "gen_") || strings.HasSuffix(base, ".pb.go") {
			return
		}
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), "\n"); n > maxLines {
			t.Errorf("%s has %d lines, at most %d are allowed; give each noun its own file", file, n, maxLines)
		}
	})
}

func TestPackageNames(t *testing.T) {
	docs := map[string]bool{}
	sources(t, func(file string) {
		dir := path.Dir(file)
		if slices.Contains(bannedNames, path.Base(dir)) {
			t.Errorf("%s: the name %q says nothing; name the room after what it does", dir, path.Base(dir))
		}
		if _, seen := docs[dir]; !seen {
			docs[dir] = false
		}
		if path.Base(file) == "doc.go" || isCommand(t, file) {
			docs[dir] = true
		}
	})
	for dir, has := range docs {
		if !has && dir != "." && !strings.HasPrefix(dir, "tests") {
			t.Errorf("%s has no doc.go; say what the package is, with one example and a mental model", dir)
		}
	}
}

// isCommand says whether file belongs to a program: its main.go documents it.
func isCommand(t *testing.T, file string) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return f.Name.Name == "main"
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s does not belong at the top level; the rooms are %s", e.Name(), strings.Join(topLevel, " "))
		}
	}
}
