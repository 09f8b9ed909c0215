package compat

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/tests/built"
)

const root = "../.."

// expected is a cell that fails, by its notebook and number.
type expected struct {
	message *regexp.Regexp // that the error must match
	reason  string
}

// readExpected reads expected.txt.
func readExpected(t *testing.T) map[string]expected {
	t.Helper()
	text, err := os.ReadFile("expected.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]expected{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(line, "|")
		if len(columns) != 4 {
			t.Fatalf("expected.txt: %q has %d columns, want 4", line, len(columns))
		}
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		list[columns[0]+" "+columns[1]] = expected{regexp.MustCompile("(?s)" + columns[2]), columns[3]}
	}
	return list
}

// TestExpected holds the list to what is written at its head: one line for each cell.
func TestExpected(t *testing.T) {
	list := readExpected(t)
	if len(list) != 26 {
		t.Errorf("%d cells are listed; mend the table in kernel/RATIONALE.md too", len(list))
	}
	for cell, e := range list {
		if e.reason == "" || e.message.MatchString("") || e.message.MatchString("undefined: x") {
			t.Errorf("%s: %q is no reason, or would take any error", cell, e.message)
		}
	}
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
	binary := built.Goray(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"execute.py", binary}, notebooks...)...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	known := readExpected(t)
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
			if e, ok := known[fmt.Sprintf("%s %d", name, r.Cell)]; ok {
				t.Logf("%s, cell %d runs here, although expected.txt says: %s", name, r.Cell, e.reason)
			}
		case r.Expected:
			c.expected++
		default:
			c.failed++
			first, _, _ := strings.Cut(r.Error, "\n")
			switch e, ok := known[fmt.Sprintf("%s %d", name, r.Cell)]; {
			case !ok:
				t.Errorf("%s, cell %d fails: %s", name, r.Cell, first)
			case !e.message.MatchString(r.Error):
				t.Errorf("%s, cell %d fails otherwise than expected (%s): %s", name, r.Cell, e.message, first)
			default:
				t.Logf("%s, cell %d: %s: %.150s", name, r.Cell, e.reason, first)
			}
		}
	}
	for _, name := range order {
		c := count[name]
		t.Logf("%-55s %3d ran, %d failed as they did when saved, %d failed", name, c.ran, c.expected, c.failed)
	}
}
