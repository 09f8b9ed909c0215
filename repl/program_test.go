package repl

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// library is a plugin with one package.
type library struct{ started, closed int }

func (l *library) Name() string               { return "library" }
func (l *library) Packages() []engine.Package { return []engine.Package{{Path: "example.com/library"}} }
func (l *library) Start(plugin.Host) error    { l.started++; return nil }
func (l *library) Close() error               { l.closed++; return nil }

// recording keeps the engine that was made.
type recording struct {
	engine.Engine
}

func TestProgramOfAPlugin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.go")
	source := "// A program.\npackage main\n\nimport \"example.com/library\"\n\nfunc main() {}\n"
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	lib, eng := &library{}, &recording{}
	var errs bytes.Buffer
	opts := Options{
		NewEngine: func(c engine.Config) (engine.Engine, error) {
			made, err := newScript(c)
			eng.Engine = made
			return eng, err
		},
		Plugins: []plugin.Plugin{lib}, Err: &errs,
	}
	// The small language has no imports: the first cell fails, and its error names the file.
	if status := RunFile(t.Context(), opts, path, nil); status != 1 {
		t.Errorf("status %d", status)
	}
	if want := path + ":4:1: undefined: import\n   4 | import \"example.com/library\"\n     | ^\n"; errs.String() != want {
		t.Errorf("%q, want %q", errs.String(), want)
	}
	if lib.started != 1 || lib.closed != 1 {
		t.Errorf("the plugin was started %d times and closed %d times", lib.started, lib.closed)
	}
}

func TestAsCell(t *testing.T) {
	for source, want := range map[string]string{
		"// c\npackage main; import \"os\"\nfunc main() {}\n": "// c\npackage main;; import \"os\"\nfunc main() {}\n",
		"package main // c\n\nfunc main() {}\n":               "package main; // c\n\nfunc main() {}\n",
	} {
		if got := asCell([]byte(source)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
