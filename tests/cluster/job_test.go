package cluster

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/tests/built"
)

// goraySource is a program for "goray run".
const goraySource = `package main

import (
	"fmt"
	"os"

	"github.com/goray/goray/runtime/ray"
)

func square(x int) int { return x * x }

func main() {
	if _, err := ray.Init(); err != nil {
		panic(err)
	}
	defer ray.Shutdown()
	sum := 0
	for i := range 4 {
		v, err := ray.Get(ray.Remote[int](square).Remote(i))
		if err != nil {
			panic(err)
		}
		sum += v
	}
	fmt.Println("sum", sum, "on", len(ray.Nodes()), "node", os.Args[1:])
	if os.Args[1] == "fail" {
		os.Exit(3)
	}
}
`

// A file for "goray run" and a notebook travel to a Ray cluster as jobs, with goray itself, and are
// drivers there; the commands about the cluster tell of them.
func TestJobsOnRay(t *testing.T) {
	python := withRay(t)
	t.Setenv("PATH", filepath.Dir(python)+string(os.PathListSeparator)+os.Getenv("PATH")) // jobs join through Ray's Python
	dir := t.TempDir()
	binary := built.Goray(t)
	h := up(t, "bench.yaml")
	address := fmt.Sprintf("http://127.0.0.1:%d", h.dashboard)
	run := func(want int, args ...string) string {
		t.Helper()
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "RAY_API_SERVER_ADDRESS="+address)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Fatalf("%v: %v, not exit code %d\n%s", args, err, want, out)
		}
		return string(out)
	}
	has := func(out string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%q is missing:\n%s", want, out)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(goraySource), 0o600); err != nil {
		t.Fatal(err)
	}
	cells := []string{"import \"fmt\"\nray.Init()\ndouble := func(x int) int { return 2 * x }", "v, err := ray.Get(ray.Remote[int](double).Remote(21))\nfmt.Println(\"the notebook says\", v, err)"}
	notebook := map[string]any{"nbformat": 4, "nbformat_minor": 4, "metadata": map[string]any{"kernelspec": map[string]string{"name": "goray", "display_name": "Go", "language": "go"}}}
	var list []map[string]any
	for _, c := range cells {
		list = append(list, map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": c, "outputs": []any{}, "execution_count": nil})
	}
	notebook["cells"] = list
	raw, _ := json.Marshal(notebook)
	if err := os.WriteFile(filepath.Join(dir, "nb.ipynb"), raw, 0o600); err != nil {
		t.Fatal(err)
	}

	has(run(0, "job", "submit", "--submission-id", "good", "--", "goray", "run", "x.go", "a b"), "sum 14 on 1 node [a b]", "Job good succeeded")
	has(run(1, "job", "submit", "--submission-id", "bad", "--", "goray", "run", "x.go", "fail"), "sum 14 on 1 node [fail]", "Job bad: FAILED", "exit code 3")
	has(run(0, "job", "submit", "--submission-id", "book", "--export", "nb.ipynb"), "the notebook says 42 <nil>", "Job book succeeded")
	run(0, "job", "submit", "--submission-id", "long", "--no-wait", "--", "sleep 1000")
	has(run(0, "job", "stop", "long"), "Job long: STOPPED")
	has(run(0, "job", "status", "bad"), "Job bad: FAILED")
	has(run(0, "job", "logs", "good"), "sum 14 on 1 node")
	has(run(0, "job", "list"), "good", "bad", "book", "long", "STOPPED")

	has(run(0, "list", "tasks", "--address", address, "--filter", "name=square"), "NORMAL_TASK", "FINISHED")
	has(run(0, "summary", "tasks", "--address", address), "square", `{"FINISHED":8}`)
	has(run(0, "status", "--address", address), "ALIVE", "CPU 8", "FINISHED")
	has(run(0, "logs", "job", "good", "--address", address, "--tail", "1"), "sum 14")
	has(run(0, "get", "job", "good", "--address", address), "SUCCEEDED")
}
