package notebooks

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	plug "github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
)

// installed is the binary behind the environment's kernel.
func installed(t *testing.T) string {
	t.Helper()
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv = filepath.Join(root, ".venv")
	}
	text, err := os.ReadFile(filepath.Join(venv, "share", "jupyter", "kernels", "goray", "kernel.json"))
	if err != nil {
		t.Skip("the goray kernel is not installed in the environment; run make setup")
	}
	var spec struct{ Argv []string }
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	return spec.Argv[0]
}

// ran is what a command prints.
func ran(t *testing.T, stdin []byte, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s\n%s", filepath.Base(program), strings.Join(args, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}

// inNotebook is what a notebook of these cells shows as text, in Jupyter.
func inNotebook(t *testing.T, cells ...string) string {
	t.Helper()
	var nb export.Notebook
	for _, c := range cells {
		nb.Cells = append(nb.Cells, export.Cell{Source: c})
	}
	path := filepath.Join(t.TempDir(), "n.ipynb")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := nb.Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range execute(t, path).code() {
		for _, o := range c.Outputs {
			switch o.Type {
			case "stream":
				b.WriteString(string(o.Text))
			case "execute_result", "display_data":
				var text source
				if err := json.Unmarshal(o.Data["text/plain"], &text); err != nil {
					t.Fatal(err)
				}
				b.WriteString(string(text) + "\n")
			}
		}
	}
	return b.String()
}

// TestOneProgramFourModes runs one file with tasks and actors compiled, by goray run, through the
// REPL's pipe and as a cell. What it prints is the same to the byte.
func TestOneProgramFourModes(t *testing.T) {
	binary := installed(t)
	path := filepath.Join("testdata", "chapter.go")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := compiled(t, source)
	if lines := strings.Count(want, "\n"); lines < 15 {
		t.Fatalf("the compiled program prints %d lines:\n%s", lines, want)
	}
	for mode, got := range map[string]string{
		"goray run":     ran(t, nil, binary, "run", path),
		"goray repl":    ran(t, source, binary, "repl"),
		"in a notebook": inNotebook(t, string(source)),
	} {
		if got != want {
			t.Errorf("%s prints\n%s\ncompiled\n%s", mode, got, want)
		}
	}
}

// TestCellsFourModes runs the program's cells in a notebook, as a script, through the pipe, and as
// the program that they are exported to.
func TestCellsFourModes(t *testing.T) {
	binary := installed(t)
	program, err := os.ReadFile(filepath.Join("testdata", "cells.go.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var nb export.Notebook
	for cell := range strings.SplitSeq(string(program), "// %%\n") {
		if strings.TrimSpace(cell) != "" {
			nb.Cells = append(nb.Cells, export.Cell{Source: strings.TrimSpace(cell)})
		}
	}
	var cells []string
	for _, c := range nb.Cells {
		cells = append(cells, c.Source)
	}
	plugins := []plugin.Plugin{plug.New(os.DirFS(root))}
	asProgram, err := export.Program(t.Context(), nb, export.Options{Packages: session.Packages(plugins)})
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "cells.go")
	if err := os.WriteFile(script, program, 0o600); err != nil {
		t.Fatal(err)
	}
	want := inNotebook(t, cells...)
	if lines := strings.Count(want, "\n"); lines < 8 {
		t.Fatalf("the notebook shows %d lines:\n%s", lines, want)
	}
	for mode, got := range map[string]string{
		"goray run":              ran(t, nil, binary, "run", script),
		"goray repl":             ran(t, program, binary, "repl"),
		"exported, and compiled": compiled(t, asProgram),
	} {
		if got != want {
			t.Errorf("%s prints\n%s\nthe notebook\n%s", mode, got, want)
		}
	}
}
