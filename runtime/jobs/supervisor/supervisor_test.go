//go:build linux

package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/jobs/supervisor"
	"go.uber.org/goleak"
)

// TestMain lets guards take over: they are this test binary, started again.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "guard" {
		os.Exit(supervisor.GuardMain(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

func start(t testing.TB, change func(*supervisor.Config)) *supervisor.Supervisor {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := supervisor.Config{Dir: t.TempDir(), NodeID: "n", Guard: []string{self, "guard"}}
	if change != nil {
		change(&cfg)
	}
	s, err := supervisor.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ended runs a job to its end.
func ended(t *testing.T, s *supervisor.Supervisor, j jobs.Submission) (jobs.Info, string) {
	t.Helper()
	c := jobs.ClientOf(s)
	id, err := c.Submit(j)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	info, err := c.Follow(id, &out)
	if err != nil {
		t.Fatal(err)
	}
	return info, out.String()
}

func TestEntrypoint(t *testing.T) {
	var mu sync.Mutex
	var events []string
	s := start(t, func(c *supervisor.Config) {
		c.Env = []string{"FROM_HEAD=1"}
		c.Event = func(id string, status jobs.Status, message string) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, id+" "+string(status))
		}
	})
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/data", []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, out := ended(t, s, jobs.Submission{
		ID: "one", Entrypoint: "cat data; echo $A $FROM_HEAD $GORAY_ADDRESS $GORAY_JOB_ID; read x || echo no input", WorkingDir: dir,
		RuntimeEnv: map[string]any{"env_vars": map[string]any{"A": "b"}},
	})
	if want := "x\nb 1 auto one\nno input\n"; out != want || info.Status != jobs.Succeeded || *info.ExitCode != 0 {
		t.Errorf("%q, %+v; want %q", out, info, want)
	}
	info, _ = ended(t, s, jobs.Submission{ID: "two", Entrypoint: "echo because; exit 7"})
	if info.Status != jobs.Failed || *info.ExitCode != 7 || !strings.Contains(info.Message, "because") {
		t.Errorf("%+v", info)
	}
	info, _ = ended(t, s, jobs.Submission{ID: "three", Entrypoint: "kill -9 $$"})
	if info.Status != jobs.Failed || *info.ExitCode != -9 || !strings.Contains(info.Message, "killed") {
		t.Errorf("%+v", info)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"one PENDING", "one RUNNING", "one SUCCEEDED", "two PENDING", "two RUNNING", "two FAILED", "three PENDING", "three RUNNING", "three FAILED"}; !slices.Equal(events, want) {
		t.Errorf("events %q", events)
	}
}

// TestLeftBehind: what an entrypoint leaves running ends with it, and does not hold up its end.
func TestLeftBehind(t *testing.T) {
	s := start(t, nil)
	begin := time.Now()
	info, out := ended(t, s, jobs.Submission{Entrypoint: "sleep 100 & setsid sleep 100 & echo over"})
	if out != "over\n" || info.Status != jobs.Succeeded || time.Since(begin) > 60*time.Second {
		t.Errorf("%q, %+v after %v", out, info, time.Since(begin))
	}
}

// TestGuardKilled: a job whose guard is killed has failed, and what ran in it is gone.
func TestGuardKilled(t *testing.T) {
	s := start(t, nil)
	begin := time.Now()
	info, _ := ended(t, s, jobs.Submission{Entrypoint: "sleep 300 & kill -9 $PPID; wait"})
	if took := time.Since(begin); took > 100*time.Second {
		t.Errorf("it went on for %v", took)
	}
	if info.Status != jobs.Failed || info.ErrorType != "JOB_SUPERVISOR_ACTOR_DIED" || info.ExitCode != nil {
		t.Errorf("%+v", info)
	}
}

func TestRefused(t *testing.T) {
	s := start(t, nil)
	c := jobs.ClientOf(s)
	for _, j := range []jobs.Submission{
		{}, {Entrypoint: " "}, {Entrypoint: "true", ID: "../x"}, {Entrypoint: "true", WorkingDir: "/nowhere"}, {Entrypoint: "true", WorkingDir: "s3://b/x.zip"},
		{Entrypoint: "true", WorkingDir: "gcs://_ray_pkg_none.zip"}, {Entrypoint: "true", WorkingDir: "gcs://../x.zip"}, {Entrypoint: "true", NumCPUs: 1},
		{Entrypoint: "true", RuntimeEnv: map[string]any{"conda": "x"}}, {Entrypoint: "true", RuntimeEnv: map[string]any{"env_vars": 3}},
		{Entrypoint: "true", RuntimeEnv: map[string]any{"env_vars": map[string]any{"A": 1}}}, {Entrypoint: "true", RuntimeEnv: map[string]any{"excludes": 1}},
	} {
		if id, err := c.Submit(j); err == nil {
			t.Errorf("%+v was accepted as %s", j, id)
		}
	}
	if _, err := c.Submit(jobs.Submission{Entrypoint: "true", ID: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(jobs.Submission{Entrypoint: "true", ID: "a"}); !errors.Is(err, jobs.ErrExists) {
		t.Errorf("an id twice: %v", err)
	}
	if _, err := c.Info("b"); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("a job that is not: %v", err)
	}
}

// TestReserve: a job is pending until it has its resources, which it gives back; one that is stopped
// meanwhile never runs.
func TestReserve(t *testing.T) {
	free, released := make(chan struct{}), make(chan struct{}, 1)
	s := start(t, func(c *supervisor.Config) {
		c.Reserve = func(ctx context.Context, _ jobs.Submission) (func(), error) {
			select {
			case <-free:
				return func() { released <- struct{}{} }, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	})
	c := jobs.ClientOf(s)
	for _, id := range []string{"stopped", "runs"} {
		if _, err := c.Submit(jobs.Submission{ID: id, Entrypoint: "echo ran", NumCPUs: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if stopped, err := c.Stop("stopped"); !stopped || err != nil {
		t.Error(stopped, err)
	}
	if i, err := c.Wait("stopped"); err != nil || i.Status != jobs.Stopped || i.ExitCode != nil {
		t.Errorf("%+v, %v", i, err)
	}
	if status, err := c.Status("runs"); err != nil || status != jobs.Pending {
		t.Errorf("without its resources it is %s, %v", status, err)
	}
	close(free)
	if i, err := c.Wait("runs"); err != nil || i.Status != jobs.Succeeded {
		t.Errorf("%+v, %v", i, err)
	}
	<-released
}

// TestREST: the requests of Ray's client get the answers that it reads.
func TestREST(t *testing.T) {
	s := start(t, nil)
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	do := func(method, path, body string, want int) string {
		t.Helper()
		q, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var b strings.Builder
		for buf := make([]byte, 4096); ; {
			n, err := res.Body.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				break
			}
		}
		if res.StatusCode != want {
			t.Errorf("%s %s: status %d, want %d: %s", method, path, res.StatusCode, want, b.String())
		}
		return b.String()
	}
	do("GET", "/api/version", "", 200)
	if got := do("POST", "/api/jobs/", `{"entrypoint": "echo hi", "submission_id": "r", "runtime_env": {"env_vars": {"A": "b"}}, "metadata": {"k": "v"}, "entrypoint_num_cpus": null}`, 200); !strings.Contains(got, `"submission_id":"r"`) {
		t.Error(got)
	}
	if got := do("GET", "/api/jobs/r/logs/tail", "", 200); got != "hi\n" {
		t.Errorf("tail: %q", got)
	}
	if _, err := jobs.ClientOf(s).Wait("r"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/api/jobs/r": `"status":"SUCCEEDED"`, "/api/jobs/": `"driver_exit_code":0`, "/api/jobs/r/logs": `{"logs":"hi\n"}`} {
		if got := do("GET", path, "", 200); !strings.Contains(got, want) {
			t.Errorf("%s: %s has no %s", path, got, want)
		}
	}
	do("POST", "/api/jobs/r/stop", "", 200)
	do("DELETE", "/api/jobs/r", "", 200)
	do("GET", "/api/jobs/r", "", 404)
	do("POST", "/api/jobs/", `{"entrypoint": "true", "submission_id": "r"}`, 409)
	do("POST", "/api/jobs/", `nonsense`, 400)
	// A directory of the server's own is nothing that a request may name.
	do("POST", "/api/jobs/", `{"entrypoint": "true", "runtime_env": {"working_dir": "/etc"}}`, 400)
	do("GET", "/api/packages/gcs/_ray_pkg_1.zip", "", 404)
	do("PUT", "/api/packages/gcs/_ray_pkg_1.zip", "bytes", 200)
	do("GET", "/api/packages/gcs/_ray_pkg_1.zip", "", 200)
	do("PUT", "/api/packages/gcs/..%2Fx.zip", "bytes", 400)
}

// TestClose: a head that ends takes its jobs along.
func TestClose(t *testing.T) {
	s := start(t, nil)
	c := jobs.ClientOf(s)
	id, err := c.Submit(jobs.Submission{Entrypoint: "sleep 300"})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if i, err := c.Info(id); err != nil || i.Status != jobs.Stopped {
		t.Errorf("%+v, %v", i, err)
	}
	if _, err := c.Submit(jobs.Submission{Entrypoint: "true"}); err == nil {
		t.Error("a supervisor that is closed takes jobs")
	}
}

// A program submits a job, shows what it prints, and asks how it ended. With NewClient("") it would be
// the head of this machine that runs it.
// TestTailTellsErrors: output that cannot be read any more is no end of the job, over the socket of the
// head, too.
func TestTailTellsErrors(t *testing.T) {
	dir, err := os.MkdirTemp("", "h") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("GORAY_HEAD", dir)
	logs := ""
	s := start(t, func(c *supervisor.Config) { logs = c.Dir })
	l, err := net.Listen("unix", core.HeadJobs())
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: s.Handler()}}
	server.Start()
	defer server.Close()
	c, err := jobs.NewClient("auto")
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Submit(jobs.Submission{Entrypoint: "echo one; read line; echo two"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(id); err != nil {
		t.Fatal(err)
	}
	found := 0
	if err := filepath.WalkDir(logs, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.Contains(path, id) {
			found++
			return os.Remove(path)
		}
		return err
	}); err != nil || found == 0 {
		t.Fatalf("%d files of the job, %v", found, err)
	}
	if err := s.Tail(t.Context(), id, io.Discard); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("in the head: %v", err)
	}
	if _, err := c.Follow(id, io.Discard); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("over the socket: %v", err)
	}
}

func Example() {
	dir, _ := os.MkdirTemp("", "jobs")
	defer os.RemoveAll(dir)
	self, _ := os.Executable()
	server, err := supervisor.New(supervisor.Config{Dir: dir, Guard: []string{self, "guard"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	client := jobs.ClientOf(server)
	id, err := client.Submit(jobs.Submission{Entrypoint: "echo training; exit 3", Metadata: map[string]string{"team": "a"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for text, err := range client.Tail(id) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(text)
	}
	info, err := client.Wait(id)
	fmt.Println(info.Status, *info.ExitCode, info.Metadata, err)
	// Output:
	// training
	// FAILED 3 map[team:a] <nil>
}
