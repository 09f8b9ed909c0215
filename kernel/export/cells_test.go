package export_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/session"
)

// TestThereAndBack exports each notebook, makes a notebook of the program, and runs that.
func TestThereAndBack(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			nb := readCase(t, file)
			source, err := export.Program(t.Context(), nb, export.Options{Packages: session.Packages(plugins())})
			if err != nil {
				t.Fatal(err)
			}
			back, err := export.Cells(source)
			if err != nil {
				t.Fatal(err)
			}
			prose := func(nb export.Notebook) (list []string) {
				for _, c := range nb.Cells {
					if c.Markdown {
						list = append(list, c.Source)
					}
				}
				return list
			}
			if got, want := strings.Join(prose(back), "|"), strings.Join(prose(nb), "|"); got != want {
				t.Errorf("prose %q, want %q", got, want)
			}
			if got, want := run(t, back), run(t, nb); got != want {
				t.Errorf("prints\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestImport makes notebooks of programs that nobody exported.
func TestImport(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".go"), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			nb, err := export.Cells(source)
			if err != nil {
				t.Fatal(err)
			}
			want, err := exec.CommandContext(t.Context(), "go", "run", file).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := run(t, nb); got != string(want) {
				t.Errorf("the notebook prints\n%s\nthe program\n%s", got, want)
				for _, c := range nb.Cells {
					t.Logf("--\n%s", c.Source)
				}
			}
		})
	}
}

func TestImportRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"package p":                          "package main",
		"package main":                       "no func main",
		"package main\nfunc main() { x := }": "expected operand",
	} {
		if _, err := export.Cells([]byte(source)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", source, err)
		}
	}
}
