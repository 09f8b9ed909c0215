package cells

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/repl"
)

var update = flag.Bool("update", false, "rewrite the case files")

// TestMain is also the child that runs one file.
func TestMain(m *testing.M) {
	if path := os.Getenv("GORAY_CELLS_FILE"); path != "" {
		if err := runCells(path, os.NewFile(3, "result")); err != nil {
			fmt.Fprintln(os.NewFile(2, "stderr"), err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv("GORAY_CELLS_PROGRAM"); path != "" {
		if err := typed.RunFile(context.Background(), engine.Config{}, path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv("GORAY_CELLS_SCRIPT"); path != "" {
		os.Exit(repl.RunFile(context.Background(), repl.Options{NewEngine: typed.New, RunProgram: typed.RunFile}, path, nil))
	}
	os.Exit(m.Run())
}

func caseFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	return files
}

// child runs this binary with one variable set and returns standard output and file 3.
func child(t *testing.T, name, value string) (stdout, result string) {
	t.Helper()
	stdout, result, err := tryChild(t, name, value)
	if err != nil {
		t.Fatal(err)
	}
	return stdout, result
}

func tryChild(t *testing.T, name, value string) (stdout, result string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), name+"="+value, "TZ=UTC")
	cmd.ExtraFiles = []*os.File{w}
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var answer bytes.Buffer
	answer.ReadFrom(r)
	r.Close()
	if err := cmd.Wait(); err != nil {
		return out.String(), "", fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return out.String(), answer.String(), nil
}

// TestScripts runs the cases as scripts of "goray run": what cells print and what they result in
// goes to standard output, and the first error ends it.
func TestScripts(t *testing.T) {
	if *update {
		t.Skip("rewriting")
	}
	for _, file := range caseFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := parseCase(data)
			if err != nil {
				t.Fatal(err)
			}
			var script, want strings.Builder
			failed := false
			for _, cell := range c.cells {
				script.WriteString("// %%\n" + cell.Source)
				if cell.Shown["display"] != "" {
					t.Skip("what is displayed is told apart in the case only")
				}
				if !failed {
					want.WriteString(cell.Shown["stdout"] + cell.Shown["text/plain"])
				}
				failed = failed || cell.Shown["error"] != ""
			}
			path := filepath.Join(t.TempDir(), "script.go")
			if err := os.WriteFile(path, []byte(script.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			out, _, err := tryChild(t, "GORAY_CELLS_SCRIPT", path)
			if strings.Join(strings.Fields(out), " ") != strings.Join(strings.Fields(want.String()), " ") {
				t.Errorf("got\n%s\nwant\n%s", out, want.String())
			}
			if (err != nil) != failed {
				t.Errorf("the script ends with %v", err)
			}
		})
	}
}

func TestCells(t *testing.T) {
	for _, file := range caseFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := parseCase(data)
			if err != nil {
				t.Fatal(err)
			}
			got := &caseFile{comment: want.comment, program: want.program}
			_, answer := child(t, "GORAY_CELLS_FILE", file)
			if err := json.Unmarshal([]byte(answer), &got.cells); err != nil {
				t.Fatal(err)
			}
			if *update {
				if want.program != nil {
					program, err := got.derive()
					if err != nil {
						t.Fatal(err)
					}
					got.program = &program
				}
				if err := os.WriteFile(file, got.format(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for i, cell := range got.cells {
				for _, name := range shownSections {
					if line(cell.Shown[name]) != want.cells[i].Shown[name] {
						t.Errorf("In[%d], %s: got\n%s\nwant\n%s", i+1, name, cell.Shown[name], want.cells[i].Shown[name])
					}
				}
			}
		})
	}
}

// TestPrograms runs the plain Go of the cases as programs: in the engine, and compiled. Both have
// to print what the cells print.
func TestPrograms(t *testing.T) {
	if *update {
		t.Skip("rewriting")
	}
	dir := t.TempDir()
	programs := map[string]*caseFile{}
	var build []string
	for _, file := range caseFiles(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseCase(data)
		if err != nil || c.program == nil {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		programs[name] = c
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "main.go"), []byte(*c.program), 0o644); err != nil {
			t.Fatal(err)
		}
		build = append(build, "./"+name)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module cells\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin") + string(filepath.Separator)
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-ldflags=-s -w", "-o", bin}, build...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, c := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := exec.CommandContext(t.Context(), bin+name).Output()
			if err != nil {
				t.Fatal(err)
			}
			if string(out) != c.stdout() {
				t.Errorf("compiled: got\n%s\nthe cells print\n%s", out, c.stdout())
			}
			if out, _ := child(t, "GORAY_CELLS_PROGRAM", filepath.Join(dir, name, "main.go")); out != c.stdout() {
				t.Errorf("goray run: got\n%s\nthe cells print\n%s", out, c.stdout())
			}
		})
	}
}
