package notebooks

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	lessons = flag.String("lessons", "core-5-remote-functions.ipynb", "pattern of the notebooks that TestLessonsInBothTiers executes; '*.ipynb' is all")
	texts   = flag.Bool("texts", false, "TestLessonsInBothTiers compares what cells show, too; on a busy machine lessons that measure differ")
	seeds   = flag.Int("seeds", 1, "in how many random orders TestLessonsInBothTiers executes the cells of each notebook")
)

// execution is what tiers.py writes.
type execution struct {
	Ran     []executed
	Problem string
}

type executed struct {
	Cell                int
	Source, Text, Error string
}

// inTier executes a notebook with or without the native tier, and in the order of a seed.
func inTier(t *testing.T, path, tier string, args ...string) execution {
	t.Helper()
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv, _ = filepath.Abs(filepath.Join(root, ".venv"))
	}
	file := filepath.Join(t.TempDir(), "ran.json")
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(venv, "bin", "python"), append(append([]string{"tiers.py", "--out", file}, args...), path)...)
	cmd.Env = append(os.Environ(), "GORAY_NATIVE_TIER="+tier)
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, log)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var e execution
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// measured is what differs from run to run: numbers, names made of them, and units that follow them.
var measured = regexp.MustCompile(`[0-9a-f]{8,}|[-+]?\d[\d.,:e+-]*\s?(ns|µs|ms|[smh]\b|B\b|[KMG]i?B|×)?`)

// aboutTiers are lines that say which tier runs what.
var aboutTiers = regexp.MustCompile(`^ray: |no remote functions of cells|^function tier ms| native N| interpreted N`)

// states are how far tasks and actors are when a lesson looks.
var states = regexp.MustCompile(`\b(PENDING_[A-Z_]+|WAITING_[A-Z_]+|RUNNING|FINISHED|ALIVE|SUBMITTED_[A-Z_]+)\b`)

// shape is a text without what differs from run to run, and without an order of its lines: workers
// write beside each other. Bars and lines of a running display depend on time.
func shape(text string) string {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "less than") { // a claim about time, which a busy machine may not keep
			line = strings.NewReplacer("true", "B", "false", "B").Replace(line)
		}
		line = states.ReplaceAllString(line, "S")
		line = strings.Join(strings.Fields(measured.ReplaceAllString(line, "N")), " ")
		if line != "" && !aboutTiers.MatchString(line) && !strings.ContainsAny(line, "█▏▎▍▌▋▊▉│─━⠋⠙⠹") {
			seen[line] = true
		}
	}
	var lines []string
	for line := range seen {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// inner are words of an implementation that no cell of a lesson may show, whatever came before it.
var inner = regexp.MustCompile(`(?i)internal error|invalid memory address|nil pointer|interface conversion|reflect[.:] ?call|goroutine \d+ \[|DeadKernel|slice bounds out|\.go:\d+ \+0x`)

// alike reports what two executions in the same order show differently.
func alike(t *testing.T, a, b execution) {
	t.Helper()
	for _, e := range []execution{a, b} {
		if e.Problem != "" {
			t.Errorf("the kernel did not answer: %.500s", e.Problem)
		}
		for _, c := range e.Ran {
			if word := inner.FindString(c.Text + c.Error); word != "" && !inner.MatchString(c.Source) {
				t.Errorf("cell %d shows %q\n%.300s\n%.1500s", c.Cell, word, c.Source, c.Text+c.Error)
			}
		}
		if last := e.Ran[len(e.Ran)-1]; !strings.HasPrefix(last.Text, "alive:") {
			t.Errorf("the kernel is not in order at the end: %.500s", last.Text+last.Error)
		}
	}
	if t.Failed() {
		return
	}
	for i, c := range a.Ran[:len(a.Ran)-1] {
		x, y := shape(c.Error), shape(b.Ran[i].Error)
		if *texts {
			x, y = shape(c.Error+"\n"+c.Text), shape(b.Ran[i].Error+"\n"+b.Ran[i].Text)
		}
		if x != y {
			t.Errorf("cell %d\n%.300s\ninterpreted only: %s\nwith native only: %s", c.Cell, c.Source, without(x, y), without(y, x))
		}
	}
}

// without are the lines of a that b does not have.
func without(a, b string) string {
	other := strings.Split(b, "\n")
	return strings.Join(slices.DeleteFunc(strings.Split(a, "\n"), func(l string) bool { return slices.Contains(other, l) }), "\n  ")
}

// TestLessonsInBothTiers executes lessons interpreted and with native functions, from above to below and
// in random orders: which cells fail, and how, is the same, nothing of the inside comes to light, and the
// kernel answers at the end. All of them: go test -run LessonsInBothTiers -lessons '*.ipynb' -seeds 3 -texts
func TestLessonsInBothTiers(t *testing.T) {
	installed(t)
	if testing.Short() {
		t.Skip("it executes notebooks several times")
	}
	paths, err := filepath.Glob(filepath.Join(root, "notebooks", *lessons))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no lesson is called %s: %v", *lessons, err)
	}
	for _, path := range paths {
		orders := [][]string{nil}
		for seed := range *seeds {
			orders = append(orders, []string{"--seed", fmt.Sprint(seed)})
		}
		_ = inTier(t, path, "") // compiles the functions, so that they are there at once in the next
		for _, order := range orders {
			t.Run(strings.Join(append([]string{filepath.Base(path)}, order...), " "), func(t *testing.T) {
				interpreted, native := inTier(t, path, "off", order...), inTier(t, path, "", order...)
				alike(t, interpreted, native)
				last := native.Ran[len(native.Ran)-1].Text
				t.Logf("%d functions native, %d interpreted", strings.Count(last, " native "), strings.Count(last, " interpreted "))
			})
		}
	}
}
