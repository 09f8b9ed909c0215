package typed

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goray/goray/kernel/engine"
)

// TestDebugSame runs testdata/*.txtar while a debugger is attached that never stops anything, and
// with one that comes and goes between cells: the second form of a cell does what the first does,
// and both work on the same values.
func TestDebugSame(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		for name, attached := range map[string]func(n int) bool{"attached": func(int) bool { return true }, "changing": func(n int) bool { return n%2 == 0 }} {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+" "+name, func(t *testing.T) { debugSame(t, file, attached) })
		}
	}
}

func debugSame(t *testing.T, file string, attached func(n int) bool) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t, engine.Config{})
	var d engine.Debugging
	n := 0
	for i := 0; i < len(a.Files); i++ {
		n++
		if on := attached(n); on && d == nil {
			if d, err = s.Debug(func(engine.DebugEvent) {}); err != nil {
				t.Fatal(err)
			}
		} else if !on && d != nil {
			d.Close()
			d = nil
		}
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
}
