//go:build linux

package cli

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const busyProgram = `
type counter struct{ n int }

func newCounter() *counter { return &counter{} }

func (c *counter) Add(n int) int { c.n += n; fmt.Println("added", n); return c.n }

func half(n int) (int, error) {
	if n%5 == 0 {
		return 0, fmt.Errorf("%d is unlucky", n)
	}
	return n / 2, nil
}

func crash() int {
	fmt.Println("first words")
	fmt.Fprintln(os.Stderr, "not yet the last words")
	fmt.Fprintln(os.Stderr, "last words")
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	return 0
}

func forever() int { select {} }
`

// busy starts a head with a program that has done and does all kinds of things.
func busy(t *testing.T) *head {
	t.Helper()
	h := startHead(t)
	h.start(program(busyProgram, `	var refs []ray.ObjectRef[int]
	for n := range 50 {
		refs = append(refs, ray.Remote[int](half).Options(ray.MaxRetries(0)).Remote(n))
	}
	for _, ref := range refs {
		_, _ = ray.Get(ref)
	}
	_, err := ray.Get(ray.Remote[int](crash).Options(ray.MaxRetries(0)).Remote())
	_ = err
	a := ray.Actor[counter](newCounter).Options(ray.Name("till"), ray.MaxRestarts(-1)).Remote()
	ray.Must(ray.Get(ray.Call[int](a, (*counter).Add, 5)))
	held := ray.Put(make([]float64, 100000))
	ray.Remote[int](forever).Options(ray.NumCPUs(2)).Remote()
	ray.Remote[int](forever).Options(ray.NumCPUs(2)).Remote()
	ray.Remote[int](forever).Options(ray.NumCPUs(2)).Remote()
	ray.Remote[int](forever).Options(ray.NumCPUs(64)).Remote()
	fmt.Println("ready", held)
	select {}`))
	until(t, "one of the endless tasks runs", func() bool {
		return len(h.list("tasks", "--filter", "name=forever", "--filter", "state=running")) == 1
	})
	return h
}

// TestState asks about a head that has done and does all kinds of things.
func TestState(t *testing.T) {
	t.Parallel()
	h := busy(t)
	t.Run("list", func(t *testing.T) { list(t, h) })
	t.Run("status", func(t *testing.T) { status(t, h) })
	t.Run("logs", func(t *testing.T) { logs(t, h) })
	t.Run("memory", func(t *testing.T) { memory(t, h) })
	t.Run("inside", func(t *testing.T) { inside(t, h) })
	t.Run("kill-actor", func(t *testing.T) { killActor(t, h) })
	t.Run("dump", func(t *testing.T) { dump(t, h) })
}

func list(t *testing.T, h *head) {
	r := h.run("list", "tasks", "--limit", "3", "--filter", "STATE=failed", "--filter", "name=half")
	if r.code != 0 || strings.Count(r.out, "\n") != 4 || !strings.Contains(r.err, "3 of 10 shown") || !strings.Contains(r.out, "unlucky") {
		t.Errorf("three of the failed tasks: %+v", r)
	}
	if some := h.list("tasks", "--filter", "name=half", "--filter", "state!=FAILED"); len(some) != 40 {
		t.Errorf("%d tasks have not failed, want 40", len(some))
	}
	task := h.list("tasks", "--filter", "name=crash")[0]
	if got := h.must("get", "task", task["task_id"].(string)); !strings.Contains(got, "name: crash") || !strings.Contains(got, "state: FAILED") {
		t.Errorf("get task: %s", got)
	}
	if yaml := h.must("list", "actors", "--detail"); !strings.HasPrefix(yaml, "- actor_id: ") || !strings.Contains(yaml, "  name: till\n") {
		t.Errorf("actors in detail: %s", yaml)
	}
	if r := h.run("get", "actor", "0001000000000099"); r.code != 1 || !strings.Contains(r.err, "there is no actor") {
		t.Errorf("an actor that is not: %+v", r)
	}
	if r := h.run("list", "tasks", "--filter", "colour=red"); r.code != 1 || !strings.Contains(r.err, "no field") {
		t.Errorf("a field that is not: %+v", r)
	}
	if sum := h.must("summary", "tasks"); !strings.Contains(sum, `{"FAILED":10,"FINISHED":40}`) {
		t.Errorf("summary of tasks: %s", sum)
	}
	if sum := h.must("summary", "actors"); !strings.Contains(sum, `{"ALIVE":1}`) {
		t.Errorf("summary of actors: %s", sum)
	}
	drivers := h.list("jobs")
	if len(drivers) != 1 || drivers[0]["type"] != "DRIVER" || drivers[0]["status"] != "RUNNING" {
		t.Errorf("jobs: %v", drivers)
	}
	if got := h.must("get", "job", drivers[0]["job_id"].(string)); !strings.Contains(got, "x.go") {
		t.Errorf("the job of the program: %s", got)
	}
}

func status(t *testing.T, h *head) {
	text := h.must("status")
	for _, want := range []string{"2 pending {CPU: 2} (task)", "1 pending {CPU: 64} (task): no node", "WORKER_DIED", "2 of 2 CPU"} {
		if !strings.Contains(text, want) {
			t.Errorf("status has no %q:\n%s", want, text)
		}
	}
	var s struct {
		Nodes   []map[string]any
		Demands []struct {
			Count      int
			Resources  []map[string]float64
			Infeasible bool
		}
		Failures []map[string]any `json:"recent_failures"`
	}
	if err := json.Unmarshal([]byte(h.must("status", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Nodes) != 1 || len(s.Demands) != 2 || s.Demands[0].Count != 2 || s.Demands[0].Resources[0]["CPU"] != 2 || !s.Demands[1].Infeasible || len(s.Failures) == 0 {
		t.Errorf("status for programs: %+v", s)
	}
}

func logs(t *testing.T, h *head) {
	task := h.list("tasks", "--filter", "name=crash")[0]["task_id"].(string)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"task", task}, "first words\nnot yet the last words\nlast words\n"},
		{[]string{task, "--err"}, "not yet the last words\nlast words\n"},
		{[]string{"task", task, "--err", "--tail", "1"}, "last words\n"},
		{[]string{"actor", "till"}, "added 5\n"},
	} {
		if out := h.must(append([]string{"logs"}, c.args...)...); sorted(out) != sorted(c.want) {
			t.Errorf("logs %v: %q, want %q", c.args, out, c.want)
		}
	}
	node := h.list("nodes")[0]["node_id"].(string)
	if out := h.must("logs", "node", node); !strings.Contains(out, "last words") || !strings.Contains(out, "added 5") {
		t.Errorf("logs of the node: %q", out)
	}
	worker := fmt.Sprint(h.list("actors", "--filter", "name=till")[0]["pid"])
	if out := h.must("logs", worker, "--pid"); !strings.Contains(out, "(pid="+worker+") added 5") {
		t.Errorf("logs of the actor's worker: %q", out)
	}
	if out := h.must("logs", "head"); !strings.Contains(out, "CPU") {
		t.Errorf("the head's own log: %q", out)
	}
	if r := h.run("logs", "actor", "nobody"); r.code != 1 || !strings.Contains(r.err, "nothing is known") {
		t.Errorf("logs of nobody: %+v", r)
	}
}

// sorted brings lines into an order: stdout and stderr come through two pipes.
func sorted(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func memory(t *testing.T, h *head) {
	var objects []map[string]any
	if err := json.Unmarshal([]byte(h.must("memory", "--format", "json")), &objects); err != nil {
		t.Fatal(err)
	}
	if o := objects[0]; o["type"] != "PUT" || o["size"].(float64) < 800_000 || !strings.Contains(o["held_by"].(string), "driver (pid ") {
		t.Errorf("the largest object is %v", o)
	}
	if text := h.must("memory", "--limit", "1"); !strings.Contains(text, "KiB") || strings.Count(text, "\n") != 3 {
		t.Errorf("memory: %s", text)
	}
}

func inside(t *testing.T, h *head) {
	if text := h.must("stack"); !strings.Contains(text, ": forever\n") || !strings.Contains(text, ": driver\n") || !strings.Contains(text, ": head\n") || strings.Count(text, "goroutine 1 [") < 4 {
		t.Errorf("stacks: %s", text)
	}
	pid := fmt.Sprint(h.list("actors")[0]["pid"])
	if text := h.must("stack", pid); strings.Count(text, "==== pid") != 1 || !strings.Contains(text, "pid "+pid) {
		t.Errorf("the stacks of one: %s", text)
	}
	cmd := h.command("timeline", "t.json")
	if r := finish(t, cmd); r.code != 0 {
		t.Fatalf("timeline: %+v", r)
	}
	checkTrace(t, filepath.Join(cmd.Dir, "t.json"))
	if r := h.run("check-open-ports"); r.code != 0 || !strings.Contains(r.out, "No process") {
		t.Errorf("ports of a head without a dashboard: %+v", r)
	}
	if text := h.must("explain", h.list("tasks", "--filter", "state=WAITING_FOR_RESOURCES")[0]["task_id"].(string)); !strings.Contains(text, "CPU") {
		t.Errorf("explain: %s", text)
	}
}

// checkTrace checks what Perfetto asks of a file of Chrome's trace format.
func checkTrace(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var trace struct {
		Events []struct {
			Name, Ph, ID string
			Ts           float64
			Dur          *float64
			PID, TID     *int
		} `json:"traceEvents"`
	}
	if err := json.Unmarshal(text, &trace); err != nil {
		t.Fatal(err)
	}
	slices, open := 0, map[string]int{}
	for _, e := range trace.Events {
		if e.Name == "" || e.PID == nil || e.TID == nil && e.Ph != "M" || e.Ts < 0 {
			t.Fatalf("an event lacks what all have: %+v", e)
		}
		switch e.Ph {
		case "X":
			if slices++; e.Dur == nil || *e.Dur < 0 {
				t.Errorf("a slice without a duration: %+v", e)
			}
		case "b":
			open[e.ID]++
		case "e":
			open[e.ID]--
		case "M", "s", "f":
		default:
			t.Errorf("an event of the kind %q", e.Ph)
		}
	}
	for id, n := range open {
		if n != 0 {
			t.Errorf("what began with the id %s does not end", id)
		}
	}
	if slices < 52 {
		t.Errorf("%d slices, want 52 or more", slices)
	}
}

func killActor(t *testing.T, h *head) {
	before := h.list("actors")[0]["pid"]
	h.must("kill-actor", "till", "--restart")
	until(t, "the actor lives again", func() bool {
		a := h.list("actors")[0]
		return a["state"] == "ALIVE" && a["pid"] != before
	})
	h.must("kill-actor", "till")
	until(t, "the actor is dead", func() bool { return h.list("actors")[0]["state"] == "DEAD" })
	if r := h.run("kill-actor", "till"); r.code != 1 || !strings.Contains(r.err, "no living actor") {
		t.Errorf("a dead actor: %+v", r)
	}
	if out := h.must("logs", "actor", "till"); out != "added 5\n" {
		t.Errorf("logs of a dead actor: %q", out)
	}
	var types []string
	for _, e := range h.list("cluster-events", "--filter", "severity=warning") {
		types = append(types, e["event_type"].(string))
	}
	if want := []string{"WORKER_DIED", "ACTOR_RESTARTED", "ACTOR_DIED"}; !slices.Equal(types, want) {
		t.Errorf("warnings %v, want %v", types, want)
	}
}

func dump(t *testing.T, h *head) {
	cmd := h.command("cluster-dump", "dump.tar.gz")
	if r := finish(t, cmd); r.code != 0 {
		t.Fatalf("cluster-dump: %+v", r)
	}
	f, err := os.Open(filepath.Join(cmd.Dir, "dump.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zip); ; {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		text, err2 := io.ReadAll(r)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		files[strings.TrimPrefix(e.Name, "dump/")] = string(text)
	}
	for name, want := range map[string]string{"status.json": "demands", "list/tasks.json": "half", "timeline.json": "traceEvents", "stacks.txt": "goroutine", "logs/head.log": "CPU"} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s of the archive has no %q: %.200s", name, want, files[name])
		}
	}
}

// TestNodes: a head and two processes that bring nodes are three nodes. A node goes with its process:
// at once when that is killed, and when its tasks have ended after SIGTERM and goray drain.
// TestSimulatedGPUs: of three GPUs of two nodes, a machine with two has two.
func TestSimulatedGPUs(t *testing.T) {
	t.Parallel()
	h := newHead(t, "CUDA_VISIBLE_DEVICES=0,1")
	h.must("start", "--head", "--num-cpus", "1", "--num-gpus", "1", "--object-store-memory", "100000000")
	h.must("start", "--address", "auto", "--num-cpus", "1", "--num-gpus", "2", "--node-name", "two", "--object-store-memory", "100000000")
	if got := h.output("", `for _, n := range ray.Nodes() { fmt.Println(n.Resources["GPU"], n.SimulatedGPUs) }`); got != "1 0\n2 1\ndone\n" {
		t.Errorf("GPUs and simulated ones of the nodes:\n%s", got)
	}
}

func TestNodes(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	for _, name := range []string{"two", "three", "four"} {
		h.must("start", "--address", "auto", "--num-cpus", "1", "--node-name", name, "--resources", `{"`+name+`": 1}`, "--object-store-memory", "100000000", "--labels", "zone="+name)
	}
	if r := h.run("start", "--address", "auto", "--node-name", "two"); r.code != 1 || !strings.Contains(r.err, "already") {
		t.Errorf("a name twice: %+v", r)
	}
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	h.start(program(`func wait(gate string) string { text, _ := os.ReadFile(gate); return string(text) }
func quick() int { return 1 }`, `	var refs []ray.ObjectRef[int]
	for _, name := range []string{"two", "three", "four"} {
		refs = append(refs, ray.Remote[int](quick).Options(ray.Resource(name, 1)).Remote())
	}
	ray.Must(ray.GetAll(refs))
	ref := ray.Remote[string](wait).Options(ray.Resource("three", 1)).Remote("`+gate+`")
	fmt.Println(len(ray.Nodes()))
	fmt.Println(ray.Get(ref))
	select {}`))
	state := func(name string) any { return h.list("nodes", "--filter", "node_id="+name)[0]["state"] }
	if nodes := h.list("nodes", "--filter", "state=alive"); len(nodes) != 4 {
		t.Fatalf("%d nodes, want 4: %v", len(nodes), nodes)
	}
	pids := nodePIDs(t, h)
	if err := syscall.Kill(pids["two"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "the node of a killed process is gone", func() bool { return state("two") == "DEAD" })

	until(t, "the task waits on node three", func() bool {
		return len(h.list("tasks", "--filter", "name=wait", "--filter", "state=RUNNING")) == 1
	})
	if err := syscall.Kill(pids["three"], syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, "the node is drained", func() bool {
		return len(h.list("cluster-events", "--filter", "event_type=NODE_DRAINING", "--filter", "id=three")) == 1
	})
	if state("three") != "ALIVE" {
		t.Error("a node that is drained did not wait for its task")
	}
	if err := os.WriteFile(gate, []byte("open"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "the drained node has ended", func() bool { return state("three") == "DEAD" })
	until(t, "its process has, too", func() bool { return !alive(pids["three"]) })
	if failed := h.list("tasks", "--filter", "state=FAILED"); len(failed) != 0 {
		t.Errorf("tasks failed while a node was drained: %v", failed)
	}

	h.must("drain", "four")
	if state("four") != "DEAD" {
		t.Error("goray drain did not wait")
	}
	until(t, "the process of the drained node has ended", func() bool { return !alive(pids["four"]) })
	if r := h.run("drain", "four"); r.code != 1 || !strings.Contains(r.err, "no living node") {
		t.Errorf("draining a node that is gone: %+v", r)
	}
}

// nodePIDs finds the processes that have brought nodes, by the names of these.
func nodePIDs(t *testing.T, h *head) map[string]int {
	t.Helper()
	pids := map[string]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		line, err := os.ReadFile(f)
		if err != nil || !strings.Contains(string(line), "--block") {
			continue
		}
		env, err := os.ReadFile(filepath.Join(filepath.Dir(f), "environ"))
		if err != nil || !strings.Contains(string(env), "GORAY_HEAD="+h.dir+"\x00") {
			continue
		}
		args := strings.Split(string(line), "\x00")
		if i := slices.Index(args, "--node-name"); i >= 0 {
			var pid int
			fmt.Sscanf(f, "/proc/%d/", &pid)
			pids[args[i+1]] = pid
		}
	}
	return pids
}

// TestChaos: the same seed makes the same choices, and what is ended is replaced.
func TestChaos(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	for _, name := range []string{"a", "b", "c"} {
		h.must("start", "--address", "auto", "--num-cpus", "1", "--node-name", name, "--object-store-memory", "100000000")
	}
	dry := func(seed string) string {
		return h.must("chaos", "kill-node", "--dry-run", "--every", "1ms", "--for", "20ms", "--seed", seed)
	}
	one, again, two := dry("1"), dry("1"), dry("2")
	if one != again || one == two || strings.Count(one, "\n") != 20 || strings.Contains(one, "node 001") {
		t.Errorf("seed 1:\n%sseed 1 again:\n%sseed 2:\n%s", one, again, two)
	}
	if out := h.must("chaos", "kill-node", "--every", "1ms", "--for", "2ms", "--seed", "1"); !strings.Contains(out, "2 ended") {
		t.Errorf("chaos: %s", out)
	}
	if nodes := h.list("nodes", "--filter", "state=ALIVE"); len(nodes) != 2 {
		t.Errorf("%d nodes are left, want 2", len(nodes))
	}
	until(t, "there are workers", func() bool { return len(h.list("workers")) >= 2 })
	out := h.must("chaos", "kill-worker", "--every", "1ms", "--for", "1ms", "--name", "node 1")
	var pid int
	if _, err := fmt.Sscanf(out[strings.Index(out, "(pid "):], "(pid %d)", &pid); err != nil || !strings.Contains(out, "1 ended") {
		t.Fatalf("chaos: %s", out)
	}
	until(t, "the worker has ended", func() bool { return !alive(pid) })
	until(t, "its end is an event", func() bool { return len(h.list("cluster-events", "--filter", "event_type=WORKER_DIED")) == 1 })
}

// TestDoctor: what it finds is for people and programs.
func TestDoctor(t *testing.T) {
	t.Parallel()
	h := newHead(t, "http_proxy=http://proxy:3128", "no_proxy=", "NO_PROXY=")
	var findings []struct{ Name, State, Text, Fix string }
	if err := json.Unmarshal([]byte(h.must("doctor", "--json")), &findings); err != nil {
		t.Fatal(err)
	}
	byName := map[string]string{}
	for _, f := range findings {
		byName[f.Name] = f.State
		if f.Text == "" || f.State != "ok" && f.Fix == "" {
			t.Errorf("a finding without a text or a fix: %+v", f)
		}
	}
	for _, name := range []string{"shared memory", "open files", "dashboard port", "memory limit", "clock", "gpu driver", "jupyter", "go toolchain", "libxgboost", "python"} {
		if byName[name] == "" {
			t.Errorf("nothing was said about %s", name)
		}
	}
	if byName["proxies"] != "warning" {
		t.Errorf("a proxy for everything is %q", byName["proxies"])
	}
	missing := newHead(t, "TMPDIR=/nowhere")
	if r := missing.run("doctor", "--only", "temporary"); r.code != 1 || !strings.Contains(r.out, "fix: export TMPDIR") {
		t.Errorf("without a folder for temporary files: %+v", r)
	}
}
