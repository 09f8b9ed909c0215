//go:build linux

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/goray/goray/runtime/jobs"
)

const sumProgram = `
func square(n int) int { return n * n }
`

// jobInfo is what "goray job status --json" tells.
func (h *head) jobInfo(id string) (i jobs.Info) {
	h.t.Helper()
	if err := json.Unmarshal([]byte(h.must("job", "status", "--json", id)), &i); err != nil {
		h.t.Fatal(err)
	}
	return i
}

// TestJobOfOneFile: without a working directory, the file that the command names goes along.
func TestJobOfOneFile(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	cmd := h.command("job", "submit", "--", "goray", "run", "x.go")
	cmd.Dir = folder(t, map[string]string{"left.txt": "", "x.go": program(sumProgram, `	entries, err := os.ReadDir(".")
	fmt.Println(ray.Must(ray.Get(ray.Remote[int](square).Remote(7))), len(entries), err)`)})
	if r := finish(t, cmd); r.code != 0 || r.out != "49 1 <nil>\ndone\n" {
		t.Errorf("the job: %+v", r)
	}
}

// TestJob: a program runs on the head with its files and its environment, what it prints is shown, and
// its exit code decides.
func TestJob(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	dir := folder(t, map[string]string{
		".gitignore": "*.big\n", "data.txt": "forty-two", "left.big": "x",
		"x.go": program(sumProgram, `	text, err := os.ReadFile("data.txt")
	_, left := os.Stat("left.big")
	fmt.Println(ray.Must(ray.Get(ray.Remote[int](square).Remote(7))), string(text), err, os.IsNotExist(left), os.Getenv("COLOUR"))
	if len(os.Args) > 1 {
		os.Exit(3)
	}`),
	})
	r := h.run("job", "submit", "--working-dir", dir, "--env", "COLOUR=blue", "--metadata-json", `{"team": "a"}`, "--submission-id", "good", "--", "goray", "run", "x.go")
	if want := "49 forty-two <nil> true blue\ndone\n"; r.code != 0 || r.out != want {
		t.Errorf("the job: exit code %d, %q, want %q\n%s", r.code, r.out, want, r.err)
	}
	if logs := h.must("job", "logs", "good"); logs != r.out {
		t.Errorf("logs %q are not what it printed, %q", logs, r.out)
	}
	i := h.jobInfo("good")
	if i.Status != jobs.Succeeded || i.ExitCode == nil || *i.ExitCode != 0 || i.Metadata["team"] != "a" || i.EndTime < i.StartTime || i.JobID == "" || i.Entrypoint != "goray run x.go" {
		t.Errorf("the job is %+v", i)
	}
	r = h.run("job", "submit", "--working-dir", dir, "--submission-id", "bad", "--", "goray", "run", "x.go", "fail")
	if i := h.jobInfo("bad"); r.code != 1 || i.Status != jobs.Failed || i.ExitCode == nil || *i.ExitCode != 3 || !strings.Contains(i.Message, "forty-two") {
		t.Errorf("exit code 3: %+v, %+v", r, i)
	}
	if r := h.run("job", "submit", "--submission-id", "bad", "--", "true"); r.code != 1 || !strings.Contains(r.err, "exists") {
		t.Errorf("an id twice: %+v", r)
	}
	if r := h.run("job", "submit", "--runtime-env-json", `{"pip": ["x"]}`, "--", "true"); r.code != 1 || !strings.Contains(r.err, "pip") {
		t.Errorf("a runtime environment that the head does not know: %+v", r)
	}
	h.must("job", "delete", "bad")
	if r := h.run("job", "status", "bad"); r.code != 1 || !strings.Contains(r.err, "no such job") {
		t.Errorf("a deleted job: %+v", r)
	}
	var types []string
	for _, e := range h.list("cluster-events", "--filter", "id=good") {
		types = append(types, e["event_type"].(string))
	}
	if want := []string{"JOB_PENDING", "JOB_RUNNING", "JOB_SUCCEEDED"}; !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
	if envs := h.list("runtime-envs"); len(envs) != 1 {
		t.Errorf("runtime environments: %v", envs)
	}
	h.must("job", "submit", "--runtime-env-json", `{"env_vars": {"DB_PASSWORD": "hush", "API_KEY": "hush", "LEVEL": "seen"}}`, "--", "echo $DB_PASSWORD $API_KEY $LEVEL")
	if envs := h.must("list", "runtime-envs", "--format", "json"); strings.Contains(envs, "hush") || !strings.Contains(envs, "seen") || !strings.Contains(envs, jobs.Hidden) {
		t.Errorf("the list of runtime environments is\n%s", envs)
	}
}

// TestJobStops: goray job stop ends all processes, also those that ignore SIGTERM and those that left
// the group.
func TestJobStops(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	pids := filepath.Join(t.TempDir(), "pids")
	script := fmt.Sprintf(`trap "" TERM; setsid sh -c 'echo $$ >> %[1]s; sleep 300; :' & (sleep 300 & echo $! >> %[1]s; wait) & echo $$ >> %[1]s; echo started; while :; do sleep 1; done`, pids)
	h.must("job", "submit", "--no-wait", "--submission-id", "tree", "--", script)
	var list []int
	until(t, "the job has three processes", func() bool {
		list = nil
		text, _ := os.ReadFile(pids)
		for _, f := range strings.Fields(string(text)) {
			var pid int
			fmt.Sscan(f, &pid)
			list = append(list, pid)
		}
		return len(list) == 3
	})
	if logs := h.must("job", "logs", "tree"); logs != "started\n" {
		t.Errorf("logs while it runs: %q", logs)
	}
	if r := h.run("job", "delete", "tree"); r.code != 1 || !strings.Contains(r.err, "stop it first") {
		t.Errorf("a running job was deleted: %+v", r)
	}
	if out := h.must("job", "stop", "tree"); !strings.Contains(out, "STOPPED") {
		t.Errorf("goray job stop: %q", out)
	}
	for _, pid := range list {
		if alive(pid) {
			t.Errorf("process %d outlives its job", pid)
		}
	}
	if out := h.must("job", "stop", "tree"); !strings.Contains(out, "had ended") {
		t.Errorf("a second goray job stop: %q", out)
	}
}

// TestJobOutlivesSubmitter: who submits may be killed; others follow the job to its end.
func TestJobOutlivesSubmitter(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	submitter := h.command("job", "submit", "--submission-id", "slow", "--", "echo before; cat "+gate+"; echo after")
	var shown bytes.Buffer
	submitter.Stderr = &shown
	if err := submitter.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the job runs", func() bool { return h.run("job", "logs", "slow").out == "before\n" })
	_ = submitter.Process.Kill()
	_ = submitter.Wait()
	follower := h.command("job", "logs", "-f", "slow")
	var out bytes.Buffer
	follower.Stdout = &out
	if err := follower.Start(); err != nil {
		t.Fatal(err)
	}
	if i := h.jobInfo("slow"); i.Status != jobs.Running {
		t.Errorf("after its submitter's death the job is %s", i.Status)
	}
	if err := os.WriteFile(gate, []byte("through the gate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := follower.Wait(); err != nil || out.String() != "before\nthrough the gate\nafter\n" {
		t.Errorf("who follows sees %q, %v", out.String(), err)
	}
}

// TestJobWaitsForResources: an entrypoint that asks for CPUs is PENDING until they are free.
func TestJobWaitsForResources(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	h.must("job", "submit", "--no-wait", "--submission-id", "first", "--entrypoint-num-cpus", "2", "--", "sleep 300")
	until(t, "the first runs", func() bool { return h.jobInfo("first").Status == jobs.Running })
	h.must("job", "submit", "--no-wait", "--submission-id", "second", "--entrypoint-num-cpus", "1", "--", "true")
	until(t, "status shows what the second waits for", func() bool {
		return strings.Contains(h.must("status"), "1 pending {CPU: 1}")
	})
	if i := h.jobInfo("second"); i.Status != jobs.Pending {
		t.Errorf("the second is %s", i.Status)
	}
	h.must("job", "stop", "first")
	until(t, "the second has run", func() bool { return h.jobInfo("second").Status == jobs.Succeeded })
}

// TestJobLogsRotate: of much output the last part is kept, and who reads is told.
func TestJobLogsRotate(t *testing.T) {
	t.Parallel()
	h := startHead(t, "RAY_ROTATION_MAX_BYTES=100000", "RAY_ROTATION_BACKUP_COUNT=2")
	h.must("job", "submit", "--submission-id", "chatty", "--", "seq 1 200000")
	out := h.must("job", "logs", "chatty")
	if len(out) > 500_000 || !strings.HasSuffix(out, "199999\n200000\n") || !strings.Contains(out, "are not kept") {
		t.Errorf("%d bytes are kept: %.80q … %q", len(out), out, out[max(0, len(out)-20):])
	}
	if tail := h.must("logs", "job", "chatty", "--tail", "2"); tail != "199999\n200000\n" {
		t.Errorf("the last two lines are %q", tail)
	}
}

// TestJobOfNotebook: a notebook is submitted as the program that it is.
func TestJobOfNotebook(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	const notebook = `{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": ["func twice(n int) int { return 2 * n }"]},
{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": ["ray.Init()\n", "fmt.Println(\"twice\", ray.Must(ray.Get(ray.Remote[int](twice).Remote(21))))"]}],
"metadata": {"kernelspec": {"name": "goray", "display_name": "Go", "language": "go"}}, "nbformat": 4, "nbformat_minor": 5}`
	dir := folder(t, map[string]string{"n.ipynb": notebook})
	r := h.run("job", "submit", "--export", filepath.Join(dir, "n.ipynb"))
	if r.code != 0 || !strings.Contains(r.out, "twice 42\n") {
		t.Errorf("%+v", r)
	}
}

// TestJobsOfGo: the package for programs does what the command does.
func TestJobsOfGo(t *testing.T) {
	h := startHead(t)
	t.Setenv("GORAY_HEAD", h.dir)
	c, err := jobs.NewClient("auto")
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Submit(jobs.Submission{Entrypoint: "echo one; echo two >&2", RuntimeEnv: map[string]any{"env_vars": map[string]string{"A": "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for part, err := range c.Tail(id) {
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(part)
	}
	i, err := c.Wait(id)
	if err != nil || i.Status != jobs.Succeeded || text.String() != "one\ntwo\n" {
		t.Errorf("%+v, %q, %v", i, text.String(), err)
	}
	if list, err := c.List(); err != nil || len(list) != 1 || list[0].SubmissionID != id {
		t.Errorf("List: %v, %v", list, err)
	}
	if err := c.Delete(id); err != nil {
		t.Error(err)
	}
	if _, err := c.Info(id); err == nil {
		t.Error("a deleted job is known")
	}
}
