package rebuild_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/lang/modules/modulestest"
	"github.com/goray/goray/kernel/lang/modules/rebuild"
)

func TestRefusals(t *testing.T) {
	modulestest.Tool(t)
	elsewhere := t.TempDir()
	t.Chdir(elsewhere)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{}, 1, "no package; name one with -with"},
		{[]string{"-nosuch"}, 2, "flag provided but not defined"},
		{[]string{"-with", "example.com/fast"}, 1, "the source of goray is not here"},
		{[]string{"-with", "example.com/fast", "-source", elsewhere}, 1, "is not the source of goray"},
	} {
		var out, errs bytes.Buffer
		if code := rebuild.Main(c.args, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%v: status %d\n%s", c.args, code, errs.String())
		}
	}
}

// TestBuild builds a goray with a package that has assembly, and runs a script that uses it. It
// takes a minute or more, and runs where GORAY_TEST_BUILD is set: by make e2e.
func TestBuild(t *testing.T) {
	if os.Getenv("GORAY_TEST_BUILD") == "" {
		t.Skip("GORAY_TEST_BUILD is not set")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the package has assembly for amd64")
	}
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	modulestest.Serve(t, map[string]string{
		"example.com/fast@v1.0.0/add.go":      "// Package fast adds.\npackage fast\n\n// Add adds in assembly.\nfunc Add(a, b int64) int64\n\n// Pair is a type of the package.\ntype Pair struct{ A, B int64 }\n\n// Sum adds its halves.\nfunc (p Pair) Sum() int64 { return Add(p.A, p.B) }\n",
		"example.com/fast@v1.0.0/add_amd64.s": "#include \"textflag.h\"\n\nTEXT ·Add(SB), NOSPLIT, $0-24\n\tMOVQ a+0(FP), AX\n\tADDQ b+8(FP), AX\n\tMOVQ AX, ret+16(FP)\n\tRET\n",
	})
	out := filepath.Join(t.TempDir(), "goray")
	var stdout, stderr bytes.Buffer
	if code := rebuild.Main([]string{"-with", "example.com/fast@v1.0.0", "-o", out, "-source", root}, &stdout, &stderr); code != 0 {
		t.Fatalf("status %d\n%s", code, stderr.String())
	}
	cmd := exec.CommandContext(t.Context(), out, "repl")
	cmd.Stdin = strings.NewReader("import \"example.com/fast\"\nfmt.Println(fast.Add(40, 2), fast.Pair{1, 2}.Sum())\n")
	text, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(text), "42 3") {
		t.Errorf("%v\n%s", err, text)
	}
}
