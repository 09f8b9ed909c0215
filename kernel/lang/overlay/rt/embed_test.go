package rt

import (
	"embed"
	"io/fs"
	"testing"
	"testing/fstest"
)

//go:embed doc.go rt.go keys.go
var compiled embed.FS

func TestEmbedFSIsWhatTheCompilerMakes(t *testing.T) {
	files := map[string]string{}
	for _, n := range []string{"doc.go", "rt.go", "keys.go"} {
		text, err := compiled.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		files[n] = string(text)
	}
	files["a/b/c.txt"], files["a/z.txt"], files["a-b.txt"] = "c", "z", "-"
	KeepEmbedded("k", files)
	tree := EmbedFS("k", "rt.go", "doc.go", "keys.go")
	same := func(name string) {
		a, err := tree.ReadFile(name)
		b, _ := compiled.ReadFile(name)
		if err != nil || string(a) != string(b) || len(a) == 0 {
			t.Errorf("%s: %d bytes, not %d, %v", name, len(a), len(b), err)
		}
	}
	same("rt.go")
	same("keys.go")
	if err := fstest.TestFS(tree, "rt.go", "doc.go", "keys.go"); err != nil {
		t.Error(err)
	}
	deep := EmbedFS("k", "a/b/c.txt", "a/z.txt", "a-b.txt")
	if err := fstest.TestFS(deep, "a/b/c.txt", "a/z.txt", "a-b.txt"); err != nil {
		t.Error(err)
	}
	if l, err := fs.Glob(deep, "a/*"); err != nil || len(l) != 2 {
		t.Errorf("a/*: %v, %v", l, err)
	}
	if EmbedString("k", "a/z.txt") != "z" || string(EmbedBytes("k", "a-b.txt")) != "-" {
		t.Error("single files")
	}
}
