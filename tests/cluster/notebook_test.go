package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	introduction = "../../notebooks/introduction.ipynb"
	initCell     = `ray.Init(ray.Config{NumCPUs: 4})`
)

// results are the lines of the introduction's outputs that say what came out.
var results = regexp.MustCompile(`(\d+ rows to train on, \d+ to validate with|valid-logloss after .*|accuracy of the best model: .*|20 calls of 50 ms)`)

// execute runs a notebook in Jupyter, calls seen for each line of its progress, and returns the
// lines of results.
func execute(t *testing.T, notebook, out string, seen func(line string)) []string {
	t.Helper()
	venv, err := filepath.Abs(os.Getenv("GORAY_VENV"))
	if err != nil || os.Getenv("GORAY_VENV") == "" {
		t.Skip("GORAY_VENV names no environment with Jupyter; make kernel makes one")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(venv, "bin", "python"), "../notebooks/execute.py", "--timeout", "400", "--out", out, notebook)
	progress, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var tail []string
	in := bufio.NewScanner(progress)
	in.Buffer(nil, 1<<20)
	in.Split(pieces)
	for in.Scan() {
		seen(in.Text())
		tail = append(tail, in.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", notebook, err, tailOf(strings.Join(tail, "\n"), 40))
	}
	raw, err := os.ReadFile(filepath.Join(out, filepath.Base(notebook)))
	if err != nil {
		t.Fatal(err)
	}
	var nb struct {
		Cells []struct{ Outputs json.RawMessage }
	}
	if err := json.Unmarshal(raw, &nb); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, c := range nb.Cells {
		found = append(found, results.FindAllString(strings.ReplaceAll(string(c.Outputs), `\n`, "\n"), -1)...)
	}
	return found
}

// pieces splits progress at line ends and before the time of a cell: the beginning of a cell is
// seen when it begins.
func pieces(data []byte, end bool) (int, []byte, error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	if i := strings.IndexByte(string(data), '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if i := strings.IndexByte(string(data), ']'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if end {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// threeNodes starts a Ray of three nodes, which ends with the test. tell sends it a line and waits for
// the answer.
func threeNodes(t *testing.T, python string) (address string, tell func(line, answer string)) {
	t.Helper()
	port := ports(t, 1)[0]
	in, answers := startNodes(t, python, "nodes.py", fmt.Sprint(port), "2")
	await := func(want string) {
		t.Helper()
		for answers.Scan() {
			if strings.HasPrefix(answers.Text(), want) {
				return
			}
		}
		t.Fatalf("the cluster has ended before it said %q", want)
	}
	await("ready")
	return fmt.Sprintf("ray://127.0.0.1:%d", port), func(line, answer string) {
		t.Helper()
		io.WriteString(in, line+"\n")
		await(answer)
	}
}

// lessonShows are what the lesson about clusters shows on one, in this order.
var lessonShows = []string{`connected: true`, `node 3: 2 CPUs, alive: true`, `8 tasks ran on [123] of 3 nodes`, `telescope`, `4.5e\+06`, `true true`,
	`not in the driver: true`, `4.5 <nil>`, `\[1 2\] <nil>`, `true statistics.StatisticsError`, `hello from a file, in Go`, `the autoscaler of ray://`,
	`a job with a name: true`}

// The lesson about clusters finds the cluster by the environment.
func TestLessonOnThreeNodes(t *testing.T) {
	python := withRay(t)
	address, _ := threeNodes(t, python)
	t.Setenv("GORAY_ADDRESS", address)
	dir := t.TempDir()
	execute(t, "../../notebooks/cluster-1.ipynb", dir, func(line string) { t.Log(line) })
	raw, err := os.ReadFile(filepath.Join(dir, "cluster-1.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	var nb struct {
		Cells []struct{ Outputs json.RawMessage }
	}
	if err := json.Unmarshal(raw, &nb); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, c := range nb.Cells {
		all.Write(c.Outputs)
	}
	left := all.String()
	for _, p := range lessonShows {
		at := regexp.MustCompile(p).FindStringIndex(left)
		if at == nil {
			t.Fatalf("the lesson does not show %q where it is expected:\n%s", p, all.String())
		}
		left = left[at[1]:]
	}
	if page, err := os.ReadFile(filepath.Join(dir, "cluster-1.html")); err == nil {
		keep(t, "cluster-1-on-three-nodes.html", page)
	}
}

// The introduction on a Ray of three nodes, its address the only change, one of the nodes killed
// while it trains: the results are those of the embedded runtime.
func TestIntroductionOnThreeNodes(t *testing.T) {
	python := withRay(t)
	dir := t.TempDir()
	raw, err := os.ReadFile(introduction)
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(s string) string { b, _ := json.Marshal(s); return strings.Trim(string(b), `"`) }
	if strings.Count(string(raw), quoted(initCell)) != 1 {
		t.Fatalf("%s has no cell %s", introduction, initCell)
	}
	embedded := execute(t, introduction, filepath.Join(dir, "embedded"), func(string) {})
	t.Logf("embedded:\n%s", strings.Join(embedded, "\n"))

	address, tell := threeNodes(t, python)
	moved := filepath.Join(dir, "introduction.ipynb")
	cell := fmt.Sprintf("ray.Init(ray.Config{Address: %q})", address)
	if err := os.WriteFile(moved, []byte(strings.Replace(string(raw), quoted(initCell), quoted(cell), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	killed := false
	got := execute(t, moved, filepath.Join(dir, "cluster"), func(line string) {
		t.Log(line)
		if !killed && strings.Contains(line, "[22/") { // models are being trained and tuned
			killed = true
			tell("kill", "killed")
			t.Log("a node was killed")
		}
	})
	if !killed {
		t.Error("no node was killed: the notebook has fewer cells than it had")
	}
	if strings.Join(got, "\n") != strings.Join(embedded, "\n") {
		t.Errorf("on the cluster:\n%s", strings.Join(got, "\n"))
	}
	if page, err := os.ReadFile(filepath.Join(dir, "cluster", "introduction.html")); err == nil {
		keep(t, "introduction-on-three-nodes.html", page)
	}
}
