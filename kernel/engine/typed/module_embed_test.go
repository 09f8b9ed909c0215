package typed

import (
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules/modulestest"
)

var withFiles = map[string]string{
	"example.com/files@v1.0.0/files.go": `package files

import (
	"embed"
	"io/fs"
	"text/template"
)

//go:embed data pages/*.tmpl "odd name.txt"
var Tree embed.FS

//go:embed all:data
var All embed.FS

var (
	//go:embed data/a.txt
	A string

	//go:embed data/b.bin
	B []byte
)

// Names lists a tree.
func Names(tree fs.FS) (names []string) {
	fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	return names
}

// Pages are templates.
var Pages = template.Must(template.ParseFS(Tree, "pages/*.tmpl"))
`,
	"example.com/files@v1.0.0/data/a.txt":     "alpha",
	"example.com/files@v1.0.0/data/b.bin":     "\x00\xff\x01",
	"example.com/files@v1.0.0/data/sub/c.txt": "c",
	"example.com/files@v1.0.0/data/.hidden":   "h",
	"example.com/files@v1.0.0/data/_draft/d":  "d",
	"example.com/files@v1.0.0/pages/x.tmpl":   "Dear {{.}}",
	"example.com/files@v1.0.0/pages/notes.md": "-",
	"example.com/files@v1.0.0/odd name.txt":   "odd",
	"example.com/typed@v1.0.0/typed.go":       "package typed\n\nimport _ \"embed\"\n\ntype text string\n\n//go:embed t.txt\nvar T text\n",
	"example.com/typed@v1.0.0/t.txt":          "t",
	"example.com/missing@v1.0.0/missing.go":   "package missing\n\nimport _ \"embed\"\n\n//go:embed nosuch.txt\nvar T string\n",
}

func TestEmbeddedTrees(t *testing.T) {
	modulestest.Proxy(t, withFiles)
	t.Chdir(t.TempDir())
	s := newSession(t, engine.Config{})
	for i, c := range [][2]string{
		{"import \"example.com/files\"\nfmt.Sprint(files.Names(files.Tree))", "[. data data/a.txt data/b.bin data/sub data/sub/c.txt odd name.txt pages pages/x.tmpl] string"},
		{"fmt.Sprint(files.Names(files.All))", "[. data data/.hidden data/_draft data/_draft/d data/a.txt data/b.bin data/sub data/sub/c.txt] string"},
		{"text, err := files.Tree.ReadFile(\"data/sub/c.txt\")\nfmt.Sprintf(\"%s %v %s %x\", text, err, files.A, files.B)", "c <nil> alpha 00ff01 string"},
		{"var b strings.Builder\nfiles.Pages.Execute(&b, \"reader\")\nb.String()", "Dear reader string"},
		{"_, err = files.Tree.Open(\"pages/notes.md\")\nerr.Error()", "open pages/notes.md: file does not exist string"},
	} {
		if got := do(t, s, i+1, c[0]); got != c[1] {
			t.Errorf("%s\n= %s, not %s", c[0], got, c[1])
		}
	}
	do(t, s, 6, "func far() string { text, _ := files.Tree.ReadFile(\"data/a.txt\"); return string(text) }")
	to := newSession(t, engine.Config{})
	if fn, _ := ship(t, s, to, "far"); call(fn) != "alpha" {
		t.Errorf("far = %v", call(fn))
	}
	for path, want := range map[string]string{
		"example.com/typed":   "typed.go: var T embeds files (go:embed) as something else than a string",
		"example.com/missing": "nosuch.txt: no matching files found",
	} {
		if _, err := execute(s, 9, "import _ \""+path+"\"\n1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
