//go:build linux

package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/jobs"
)

// TestMicrobenchmark measures some rows for a moment, and compares all names with Ray's.
func TestMicrobenchmark(t *testing.T) {
	t.Parallel()
	h := newHead(t)
	var results []struct {
		Name string  `json:"perf_metric_name"`
		Rate float64 `json:"perf_metric_value"`
	}
	text := h.must("microbenchmark", "--json", "--seconds", "0.01", "--run", "tasks sync|1:1 actor calls|10k refs|1k refs|placement|put calls")
	if err := json.Unmarshal([]byte(text), &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != 9 {
		t.Errorf("%d rows, want 9: %v", len(results), results)
	}
	for _, r := range results {
		if r.Rate <= 0 {
			t.Errorf("%s: %g per second", r.Name, r.Rate)
		}
	}
	if r := h.run("microbenchmark", "--run", "("); r.code != 2 {
		t.Errorf("a pattern that is none: %+v", r)
	}
	ours := strings.Split(strings.TrimSpace(h.must("microbenchmark", "--list")), "\n")
	files, _ := filepath.Glob(root + "/build/ray/lib/python3*/site-packages/ray/_private/ray_perf.py")
	if len(files) == 0 {
		t.Skip("ray_perf.py of pip ray is not in build/ray; make ray installs it, to compare the names of rows")
	}
	source, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var theirs []string
	for _, m := range regexp.MustCompile(`timeit\(\s*"([^"]+)"`).FindAllSubmatch(source, -1) {
		theirs = append(theirs, string(m[1]))
	}
	if !slices.Equal(ours, theirs) {
		t.Errorf("rows\n%s\nRay's\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
}

// TestJobOutlivesNode: a job whose tasks run on a node that is killed ends as if nothing had been.
func TestJobOutlivesNode(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	h.must("start", "--address", "auto", "--num-cpus", "2", "--node-name", "spot", "--resources", `{"spot": 2}`, "--object-store-memory", "100000000")
	marks := t.TempDir()
	source := program(`func mark(i int, dir string) int {
	if _, err := os.Stat(dir + "/second"); err != nil { // the first time, until it is killed
		os.WriteFile(fmt.Sprintf("%s/first-%d", dir, i), nil, 0o600)
		select {}
	}
	return i
}`, `	var refs []ray.ObjectRef[int]
	for i := range 2 {
		refs = append(refs, ray.Remote[int](mark).Options(ray.Resource("spot", 1)).Remote(i, os.Args[1]))
	}
	fmt.Println(ray.Must(ray.GetAll(refs)))`)
	h.must("job", "submit", "--no-wait", "--submission-id", "hardy", "--working-dir", folder(t, map[string]string{"x.go": source}), "--", "goray", "run", "x.go", marks)
	until(t, "both tasks run on the node", func() bool {
		files, _ := filepath.Glob(marks + "/first-*")
		return len(files) == 2
	})
	if err := os.WriteFile(marks+"/second", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.must("chaos", "kill-node", "--every", "1ms", "--for", "1ms")
	h.must("start", "--address", "auto", "--num-cpus", "2", "--node-name", "spot-2", "--resources", `{"spot": 2}`, "--object-store-memory", "100000000")
	until(t, "the job has ended", func() bool { return h.jobInfo("hardy").Status.Final() })
	if i, logs := h.jobInfo("hardy"), h.must("job", "logs", "hardy"); i.Status != jobs.Succeeded || !strings.Contains(logs, "[0 1]\n") {
		t.Errorf("%s: %s", i.Status, logs)
	}
}

// TestFollow: goray logs -f shows a task's lines as they come, and ends with it.
func TestFollow(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	gate := filepath.Join(t.TempDir(), "gate")
	h.start(program(`func talk(gate string) int {
	fmt.Println("before")
	for {
		if _, err := os.Stat(gate); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Println("after")
	return 1
}`, `	ref := ray.Remote[int](talk).Remote("`+gate+`")
	fmt.Println("ready")
	ray.Get(ref)
	select {}`))
	until(t, "the task talks", func() bool { return len(h.list("tasks", "--filter", "state=RUNNING")) == 1 })
	id := h.list("tasks")[0]["task_id"].(string)
	until(t, "its first line is there", func() bool { return h.run("logs", id).out == "before\n" })
	follower := h.command("logs", "-f", id)
	out, err := follower.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := follower.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := out.Read(buf)
	if err != nil || string(buf[:n]) != "before\n" {
		t.Errorf("it begins with %q, %v", buf[:n], err)
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	n, err = out.Read(buf)
	if err != nil || string(buf[:n]) != "after\n" {
		t.Errorf("it goes on with %q, %v", buf[:n], err)
	}
	if err := follower.Wait(); err != nil {
		t.Errorf("when the task has ended: %v", err)
	}
}
