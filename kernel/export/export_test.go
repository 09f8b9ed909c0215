package export_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/runtime/node"
)

const root = "../.."

func plugins() []plugin.Plugin { return []plugin.Plugin{notebook.New(os.DirFS(root))} }

// TestMain is also the worker of the notebooks that use Ray.
func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{Code: notebook.New(os.DirFS(root)).WorkerCode(typed.New)})
		return
	}
	os.Exit(m.Run())
}

// readCase reads a notebook of testdata: its cells are the files "cell" and "markdown", with tags.
func readCase(t *testing.T, file string) export.Notebook {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var nb export.Notebook
	for _, f := range a.Files {
		words := strings.Fields(f.Name)
		nb.Cells = append(nb.Cells, export.Cell{Markdown: words[0] == "markdown", Source: strings.TrimSuffix(string(f.Data), "\n"), Tags: words[1:]})
	}
	return nb
}

// page is a screen that keeps text.
type page struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) Display(_ string, b display.Bundle) {
	text, _ := b.Data[display.MIMETypeText].(string)
	io.WriteString(p, text+"\n")
}
func (p *page) Update(string, display.Bundle)      {} // of a live output, the first and the last state are enough
func (p *page) Clear(bool)                         {}
func (p *page) Input(string, bool) (string, error) { return "", io.EOF }

// run executes a notebook in a session and returns what it shows as text.
func run(t *testing.T, nb export.Notebook) string {
	t.Helper()
	p := &page{}
	s, err := session.Open(session.Config{NewEngine: typed.New, Plugins: plugins(), Screen: p, Output: func(_ engine.Cell, stream string) io.Writer {
		if stream == "stdout" {
			return p
		}
		return io.Discard
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for _, c := range nb.Cells {
		if c.Markdown {
			continue
		}
		n++
		out := s.Execute(t.Context(), engine.Cell{Number: n, Source: c.Source})
		if out.Err != nil && len(c.Tags) == 0 {
			t.Fatalf("In[%d]: %v\n%s", n, out.Err, c.Source)
		}
		if out.Result != nil {
			p.Display("", *out.Result)
		}
	}
	return p.text.String()
}

// built compiles and vets a program, runs it and returns what it prints.
func built(t *testing.T, source []byte) string {
	t.Helper()
	dir := t.TempDir()
	file, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vet", file}, {"build", "-o", binary, file}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s\n%s", args[0], err, out, source)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, stderr.Bytes(), source)
	}
	return stdout.String()
}

func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatal("there are ten notebooks and more", err)
	}
	if testing.Short() {
		t.Skip("compiling takes a while")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			nb := readCase(t, file)
			want := run(t, nb)
			source, err := export.Program(context.Background(), nb, export.Options{Packages: session.Packages(plugins())})
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("GORAY_KEEP"); dir != "" {
				os.WriteFile(filepath.Join(dir, t.Name()[len("TestPrograms/"):]+".go"), source, 0o600)
			}
			if got := built(t, source); got != want {
				t.Errorf("the program prints\n%s\nthe notebook\n%s\n%s", got, want, source)
			}
		})
	}
}
