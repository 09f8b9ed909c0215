package native

import (
	"os"
	"path/filepath"
	"testing"
)

func cacheDir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("GORAY_TEST_NATIVE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	return filepath.Join(dir, "goray", "native")
}

func TestBuild(t *testing.T) {
	b := NewBuilder(cacheDir(t), func() { t.Log("preparing") })
	p := &Program{Text: []byte("package main\nimport fmt \"fmt\"\nfunc f(n int) string { return fmt.Sprint(n) }\nfunc makeˑ() any { return f }\n"), Imports: []string{"fmt"}, Maker: "makeˑ"}
	a, err := b.Build(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
}
