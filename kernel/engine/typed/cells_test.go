package typed

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goray/goray/kernel/engine"
)

// TestCells runs testdata/*.txtar: the cells of a session, each followed by its values ("result"),
// or by a part of its error ("error"), or by neither.
func TestCells(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := newSession(t, engine.Config{})
			n := 0
			for i := 0; i < len(a.Files); i++ {
				n++
				out, err := execute(s, n, strings.TrimSuffix(string(a.Files[i].Data), "\n"))
				want, kind := "", ""
				if i+1 < len(a.Files) && a.Files[i+1].Name != "cell" {
					i++
					want, kind = strings.TrimSpace(string(a.Files[i].Data)), a.Files[i].Name
				}
				switch {
				case kind == "error" && (err == nil || !strings.Contains(err.Error(), want)):
					t.Errorf("In[%d]: error %v, want %s", n, err, want)
				case kind == "error":
				case err != nil:
					t.Fatalf("In[%d]: %v", n, err)
				case kind == "result" && out != want:
					t.Errorf("In[%d]: %s, want %s", n, out, want)
				}
			}
		})
	}
}
