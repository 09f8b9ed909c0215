// Package notebooks executes the lessons in a real Jupyter kernel and reads what they show.
package notebooks

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const root = "../.."

type notebook struct {
	Cells []cell `json:"cells"`
}

type cell struct {
	Type     string   `json:"cell_type"`
	Source   source   `json:"source"`
	Metadata metadata `json:"metadata"`
	Outputs  []output `json:"outputs"`
}

type metadata struct {
	Tags []string `json:"tags"`
}

type output struct {
	Type      string                     `json:"output_type"`
	Name      string                     `json:"name"`
	Text      source                     `json:"text"`
	Data      map[string]json.RawMessage `json:"data"`
	EName     string                     `json:"ename"`
	EValue    string                     `json:"evalue"`
	Traceback []string                   `json:"traceback"`
}

// source is nbformat's multi-line string: a string, or a list of lines.
type source string

func (s *source) UnmarshalJSON(b []byte) error {
	var lines []string
	if json.Unmarshal(b, &lines) == nil {
		*s = source(strings.Join(lines, ""))
		return nil
	}
	return json.Unmarshal(b, (*string)(s))
}

func read(t *testing.T, path string) notebook {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var nb notebook
	if err := json.Unmarshal(b, &nb); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return nb
}

func (nb notebook) code() (cells []cell) {
	for _, c := range nb.Cells {
		if c.Type == "code" {
			cells = append(cells, c)
		}
	}
	return cells
}

func (c cell) expectsError() bool {
	for _, t := range c.Metadata.Tags {
		if t == "raises-exception" {
			return true
		}
	}
	return false
}

// text is everything that a reader of the cell's outputs sees as text.
func (c cell) text() string {
	var b strings.Builder
	for _, o := range c.Outputs {
		b.WriteString(string(o.Text))
		var s source
		if raw, ok := o.Data["text/plain"]; ok && json.Unmarshal(raw, &s) == nil {
			b.WriteString(string(s) + "\n")
		}
		b.WriteString(o.EValue + strings.Join(o.Traceback, "\n"))
	}
	return b.String()
}

// execute runs a notebook headless and returns it with its outputs.
func execute(t *testing.T, path string, args ...string) notebook {
	t.Helper()
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv, _ = filepath.Abs(filepath.Join(root, ".venv"))
	}
	python := filepath.Join(venv, "bin", "python")
	if _, err := os.Stat(filepath.Join(venv, "share", "jupyter", "kernels", "goray", "kernel.json")); err != nil {
		t.Skip("Jupyter with the goray kernel is absent; run make setup")
	}
	if lib := os.Getenv("GORAY_LIBXGBOOST"); lib == "" {
		t.Skip("libxgboost is absent; run make xgboost and test through make test")
	}
	out := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"execute.py", "--out", out, path}, args...)...)
	log, err := cmd.CombinedOutput()
	t.Logf("%s", log)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return read(t, filepath.Join(out, filepath.Base(path)))
}

// wants are patterns that the text of the introduction's outputs must contain, by what they show.
var wants = map[string]string{
	"the session starts with its version":        `(?i)dashboard`,
	"another process than the driver's":          `workers: [2-9]|workers: [1-9]\d`,
	"a remote error names its cell and line":     `In\[\d+\]:\d+`,
	"a killed worker's task is tried again":      `attempt 1`,
	"the validation loss":                        `valid-logloss`,
	"the answer of a served model":               `prediction`,
	"a malformed request names the field":        `(?i)42\d|400`,
	"a machine without GPU says so, or lists it": `(?i)gpu`,
}

func TestIntroduction(t *testing.T) {
	for _, name := range []string{"introduction.ipynb", "introduction.zh.ipynb"} {
		t.Run(name, func(t *testing.T) {
			nb := execute(t, filepath.Join(root, "notebooks", name))
			var all strings.Builder
			pictures := 0
			for i, c := range nb.code() {
				all.WriteString(c.text())
				for _, o := range c.Outputs {
					if o.Type == "error" && !c.expectsError() {
						t.Errorf("cell %d: %s: %s", i+1, o.EName, o.EValue)
					}
					if o.Data["image/svg+xml"] != nil || o.Data["image/png"] != nil || bytes.Contains(o.Data["text/html"], []byte("<svg")) || bytes.Contains(o.Data["text/html"], []byte(`\u003csvg`)) {
						pictures++
					}
				}
			}
			for what, pattern := range wants {
				if !regexp.MustCompile(pattern).MatchString(all.String()) {
					t.Errorf("the outputs do not show %s (%s)", what, pattern)
				}
			}
			if pictures < 4 {
				t.Errorf("%d pictures, want at least 4", pictures)
			}
		})
	}
}

// The languages differ in their prose alone.
func TestTranslationsHaveTheSameCode(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root, "notebooks", "*.zh.ipynb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no translations: %v", err)
	}
	for _, path := range paths {
		zh, en := read(t, path).code(), read(t, strings.TrimSuffix(path, ".zh.ipynb")+".ipynb").code()
		if len(en) != len(zh) {
			t.Fatalf("%s: %d code cells in English, %d in Chinese", path, len(en), len(zh))
		}
		for i := range en {
			if en[i].Source != zh[i].Source {
				t.Errorf("%s: code cell %d differs:\n%s\n---\n%s", path, i+1, en[i].Source, zh[i].Source)
			}
		}
	}
}

// Notebooks are committed without outputs: what they show is made anew.
func TestNotebooksAreCommittedWithoutOutputs(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root, "notebooks", "*.ipynb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, p := range paths {
		for i, c := range read(t, p).code() {
			if len(c.Outputs) > 0 {
				t.Errorf("%s: code cell %d has outputs; clear them before committing", p, i+1)
			}
		}
	}
}
