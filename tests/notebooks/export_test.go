package notebooks

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	plug "github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
)

// passing is in lines that differ from run to run: times, processes, addresses, places in the
// source, the order in which tasks end, live outputs.
var passing = regexp.MustCompile(`\d ?m?s\b|pid|process|driver|session|node-|127\.0\.0\.1|In\[|main\.|\.go:|memory|MiB|GiB|round|%|eta|[⠀-⣿│┤┬┴]|` +
	`request_id|created|/checkpoint_|RUNNING|^★? ?0000\d|^[\d. ─]+$|^\[\d \d\]$`)

// TestIntroductionAsProgram exports the introduction, compiles it, and compares what it prints with
// what the notebook showed in Jupyter, but for what differs between two runs of either.
func TestIntroductionAsProgram(t *testing.T) {
	path := filepath.Join(root, "notebooks", "introduction.ipynb")
	shown := execute(t, path)
	source := exported(t, path)
	printed := map[string]bool{}
	got := compiled(t, source)
	for line := range strings.Lines(got) {
		printed[strings.TrimSpace(line)] = true
	}
	compared := 0
	for _, c := range shown.code() {
		for _, o := range c.Outputs {
			text := o.Text
			if o.Type == "execute_result" || o.Type == "display_data" {
				if err := json.Unmarshal(o.Data["text/plain"], &text); err != nil {
					t.Errorf("%v in %s", err, c.Source)
				}
			}
			if o.Name == "stderr" {
				continue
			}
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); line == "" || passing.MatchString(line) {
					continue
				}
				compared++
				if !printed[line] {
					t.Errorf("the notebook shows %q, the program does not", line)
				}
			}
		}
	}
	t.Logf("%d lines compared", compared)
	if compared < 50 {
		t.Errorf("only %d lines of the introduction could be compared", compared)
	}
	if t.Failed() {
		t.Log(got)
	}
}

// exported is a notebook as a program.
func exported(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	nb, err := export.ReadNotebook(f)
	if err != nil {
		t.Fatal(err)
	}
	plugins := []plugin.Plugin{plug.New(os.DirFS(root))}
	source, err := export.Program(t.Context(), nb, export.Options{Packages: session.Packages(plugins)})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// TestLessonsAsPrograms exports every lesson; what comes of it compiles, go vet has no complaint, and
// it can be a notebook again.
func TestLessonsAsPrograms(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root, "notebooks", "*.ipynb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".zh.ipynb") { // the same code
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			source := exported(t, path)
			if back, err := export.Cells(source); err != nil || len(back.Cells) < 5 {
				t.Errorf("%d cells come back: %v", len(back.Cells), err)
			}
			file := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(file, source, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "go", "vet", file)
			cmd.Dir = root
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// compiled vets and builds a program, runs it, and returns what it prints.
func compiled(t *testing.T, source []byte) string {
	t.Helper()
	dir := t.TempDir()
	file, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vet", file}, {"build", "-o", binary, file}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s\n%s", args[0], err, out, source)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	return stdout.String()
}
