package compat

import (
	"bufio"
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

// reasons are why a cell of these notebooks cannot run here, by what its error says. Anything else
// is a fault of ours.
var reasons = []struct{ why, pattern string }{
	{"no network, or a proxy without the module", `403 Forbidden|no such host|dial tcp|lookup .*: `},
	{"the picture cannot be downloaded, and the notebook does not look at the error", `^gophernotes/Display\.ipynb: panic: .*nil pointer dereference`},
	{"the module needs assembly or embedded folders", `cannot be interpreted`},
	{"%wasm needs a build for the browser", `cannot be built for the browser`},
	{"the cell listens to a page, and there is none", `no end within`},
	{"a cell before it failed", `undefined: `},
	{"the cell is of another language", `illegal character U\+0023`},
}

func reason(message string) string {
	for _, r := range reasons {
		if regexp.MustCompile(r.pattern).MatchString(message) {
			return r.why
		}
	}
	return ""
}

type result struct {
	Notebook string `json:"notebook"`
	Cell     int    `json:"cell"`
	Error    string `json:"error"`
	Expected bool   `json:"expected"` // the notebook was saved with an error there
}

type tally struct{ ran, expected, failed int }

func TestExampleNotebooks(t *testing.T) {
	folder := os.Getenv("GORAY_COMPAT_NOTEBOOKS")
	if folder == "" {
		t.Skip("GORAY_COMPAT_NOTEBOOKS names no folder with the example notebooks of gophernotes and GoNB")
	}
	notebooks, err := filepath.Glob(filepath.Join(folder, "*", "*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Skipf("there is no notebook in %s/*", folder)
	}
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv, _ = filepath.Abs(filepath.Join(root, ".venv"))
	}
	python := filepath.Join(venv, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Skip("Jupyter is absent; run make setup")
	}
	binary := filepath.Join(t.TempDir(), "goray")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"execute.py", binary}, notebooks...)...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	count := map[string]*tally{}
	var order []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(r.Notebook, folder+string(filepath.Separator))
		if count[name] == nil {
			count[name] = &tally{}
			order = append(order, name)
		}
		switch c := count[name]; {
		case r.Error == "":
			c.ran++
		case r.Expected:
			c.expected++
		default:
			c.failed++
			first, _, _ := strings.Cut(r.Error, "\n")
			if why := reason(name + ": " + r.Error); why != "" {
				t.Logf("%s, cell %d: %s: %.150s", name, r.Cell, why, first)
			} else {
				t.Errorf("%s, cell %d: %s", name, r.Cell, first)
			}
		}
	}
	for _, name := range order {
		c := count[name]
		t.Logf("%-55s %3d ran, %d failed as they did when saved, %d failed", name, c.ran, c.expected, c.failed)
	}
}
