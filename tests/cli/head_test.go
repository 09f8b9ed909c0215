//go:build linux

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/tests/built"
)

const root = "../.."

// binary is goray.
var binary string

func TestMain(m *testing.M) {
	for _, name := range []string{"GORAY_ADDRESS", "RAY_API_SERVER_ADDRESS", "GORAY_JOB_ID"} {
		os.Unsetenv(name)
	}
	built.Main(m, &binary)
}

// head is a folder in which a head may run, and what its commands find in their environment.
type head struct {
	t   *testing.T
	dir string
	env []string
}

// newHead makes the folder; no head runs yet.
func newHead(t *testing.T, env ...string) *head {
	t.Helper()
	dir, err := os.MkdirTemp("", "h") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	h := &head{t: t, dir: dir, env: append(append(os.Environ(), "GORAY_HEAD="+dir), env...)}
	t.Cleanup(func() {
		h.run("stop", "--force")
		os.RemoveAll(dir)
	})
	return h
}

// startHead starts a head of two CPUs, which ends with the test.
func startHead(t *testing.T, env ...string) *head {
	t.Helper()
	h := newHead(t, env...)
	h.must("start", "--head", "--num-cpus", "2", "--dashboard-port", "-1")
	return h
}

// result is what a command said.
type result struct {
	out, err string
	code     int
}

func (h *head) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Dir = h.env, h.t.TempDir()
	return cmd
}

func (h *head) run(args ...string) result { return finish(h.t, h.command(args...)) }

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must is run for what has to work.
func (h *head) must(args ...string) string {
	h.t.Helper()
	r := h.run(args...)
	if r.code != 0 {
		h.t.Fatalf("goray %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// list is "goray list" for programs.
func (h *head) list(kind string, flags ...string) (records []map[string]any) {
	h.t.Helper()
	text := h.must(append([]string{"list", kind, "--format", "json"}, flags...)...)
	if err := json.Unmarshal([]byte(text), &records); err != nil {
		h.t.Fatalf("goray list %s: %v in %q", kind, err, text)
	}
	return records
}

// until asks again and again, until it is so.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for begin := time.Now(); !is(); {
		if time.Since(begin) > time.Minute {
			t.Fatalf("it never happened that %s", what)
		}
	}
}

// alive reports whether a process is there.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// pidOf is the head's.
func (h *head) pid() (pid int) {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, "pid"))
	if err == nil {
		_, err = fmt.Sscan(string(text), &pid)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return pid
}

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// program is a Go program that joins the head; body is what it does.
func program(declarations, body string) string {
	return "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"syscall\"\n\t\"time\"\n\n\t\"github.com/goray/goray/runtime/ray\"\n)\n\nvar _, _, _ = os.Args, time.Now, syscall.Kill\n\n" +
		declarations + "\n\nfunc main() {\n\tray.Must(ray.Init())\n\tdefer ray.Shutdown()\n" + body + "\n\tfmt.Println(\"done\")\n}\n"
}

// start runs a program beside the test, which joins the head, until it prints a line; its process ends
// with the test.
func (h *head) start(source string) *exec.Cmd {
	h.t.Helper()
	cmd := h.command("run", filepath.Join(folder(h.t, map[string]string{"x.go": source}), "x.go"))
	cmd.Env = append(cmd.Env, "GORAY_ADDRESS=auto")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	line := make([]byte, 1)
	if _, err := out.Read(line); err != nil {
		_ = cmd.Wait()
		h.t.Fatalf("the program ended: %s", errs.String())
	}
	go func() {
		for buf := make([]byte, 4096); ; {
			if _, err := out.Read(buf); err != nil {
				return
			}
		}
	}()
	return cmd
}

// all are the commands that need a head, with arguments that are right.
var all = [][]string{
	{"status"}, {"list", "tasks"}, {"get", "task", "1"}, {"summary", "tasks"}, {"logs", "task", "0001000000000001"}, {"memory"}, {"stack"},
	{"timeline", "t.json"}, {"kill-actor", "x"}, {"drain", "x"}, {"chaos", "kill-worker"}, {"check-open-ports"}, {"cluster-dump", "d.tar.gz"},
	{"job", "list"}, {"job", "status", "x"}, {"job", "submit", "--", "true"}, {"start", "--address", "auto"},
}

// TestNoHead: without a head, each command says in one line how to start one.
func TestNoHead(t *testing.T) {
	t.Parallel()
	h := newHead(t)
	for _, args := range all {
		r := h.run(args...)
		if r.code != 1 || r.out != "" || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, "goray start --head") || !strings.HasPrefix(r.err, "goray "+args[0]) {
			t.Errorf("goray %v: exit code %d, %q, %q", args, r.code, r.out, r.err)
		}
	}
	if r := h.run("stop"); r.code != 0 || !strings.Contains(r.out, "No head of yours") {
		t.Errorf("goray stop: %+v", r)
	}
}

// TestUsage: help goes to stdout, complaints to stderr with exit code 2.
func TestUsage(t *testing.T) {
	t.Parallel()
	h := newHead(t)
	commands := append([][]string{{"stop"}, {"doctor"}, {"microbenchmark"}}, all...)
	for _, args := range commands {
		name := args[:1]
		if name[0] == "job" {
			name = args[:2]
		}
		if r := h.run(append(name[:len(name):len(name)], "--help")...); r.code != 0 || !strings.HasPrefix(r.out, "usage: goray "+strings.Join(name, " ")) || r.err != "" {
			t.Errorf("goray %v --help: %+v", name, r)
		}
		if r := h.run(append(name[:len(name):len(name)], "--no-such-flag")...); r.code != 2 || r.out != "" || !strings.Contains(r.err, "no-such-flag") {
			t.Errorf("goray %v --no-such-flag: %+v", name, r)
		}
	}
	for _, args := range [][]string{
		{"list"}, {"list", "wishes"}, {"list", "tasks", "--filter", "x"}, {"list", "tasks", "--format", "xml"}, {"list", "tasks", "--limit", "-1"},
		{"get", "task"}, {"summary", "wishes"}, {"logs"}, {"stack", "x"}, {"job"}, {"job", "dance"}, {"job", "submit"}, {"job", "submit", "--env", "x", "--", "true"},
		{"chaos", "kill-time"}, {"start", "x"}, {"start", "--head", "--address", "auto"}, {"start", "--resources", "{"}, {"stop", "x"}, {"drain"},
	} {
		if r := h.run(args...); r.code != 2 || r.out != "" || r.err == "" {
			t.Errorf("goray %v: %+v; want exit code 2", args, r)
		}
	}
}

// TestHeads: there is one head in a folder, and goray stop ends that one only.
func TestHeads(t *testing.T) {
	t.Parallel()
	one, other := startHead(t), startHead(t)
	if r := one.run("start", "--head"); r.code != 1 || !strings.Contains(r.err, "runs already") {
		t.Errorf("a second head: %+v", r)
	}
	one.must("stop")
	if r := one.run("status"); r.code != 1 {
		t.Errorf("status after stop: %+v", r)
	}
	if out := other.must("status"); !strings.Contains(out, "ALIVE") {
		t.Errorf("the other head: %s", out)
	}
}

// TestFolderOfOthers: in a folder to which others may write, nobody knows who listens; no command trusts
// it.
func TestFolderOfOthers(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	if err := os.Chmod(h.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"status"}, {"job", "list"}, {"stop"}, {"start", "--head"}} {
		if r := h.run(args...); r.code != 1 || !strings.Contains(r.err, "chmod go-w") {
			t.Errorf("goray %v: %+v", args, r)
		}
	}
	if err := os.Chmod(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	h.must("stop")
}

// TestHeadKilled: after kill -9 of a head nothing of it is left, its drivers are told, and another can
// be started in its place.
func TestHeadKilled(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	pids := filepath.Join(t.TempDir(), "pids")
	h.must("job", "submit", "--no-wait", "--submission-id", "long", "--", "echo $$ > "+pids+"; setsid sleep 300 & echo $! >> "+pids+"; wait")
	driver := h.start(program("func forever() int { select {} }", `	ref := ray.Remote[int](forever).Remote()
	fmt.Println("runs")
	_, err := ray.Get(ref)
	fmt.Println(err)
	os.Exit(7)`))
	var jobPIDs []int
	until(t, "the job has two processes", func() bool {
		text, _ := os.ReadFile(pids)
		jobPIDs = nil
		for _, f := range strings.Fields(string(text)) {
			var pid int
			fmt.Sscan(f, &pid)
			jobPIDs = append(jobPIDs, pid)
		}
		return len(jobPIDs) == 2
	})
	for _, w := range h.list("workers") {
		jobPIDs = append(jobPIDs, int(w["pid"].(float64)))
	}
	if err := syscall.Kill(h.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := driver.Wait(); driver.ProcessState.ExitCode() != 7 {
		t.Errorf("the driver of a head that was killed: %v", err)
	}
	for _, pid := range jobPIDs {
		until(t, fmt.Sprintf("process %d of the head's has ended", pid), func() bool { return !alive(pid) })
	}
	h.must("start", "--head", "--num-cpus", "1", "--dashboard-port", "-1")
	if jobs := h.list("jobs"); len(jobs) != 0 {
		t.Errorf("the new head knows jobs: %v", jobs)
	}
}
