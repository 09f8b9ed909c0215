package rayjobs_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
	"github.com/goray/goray/runtime/internal/rayjobs"
	"github.com/goray/goray/runtime/jobs"
)

// The whole life of jobs on a real head, which wants a token: a compiled program travels and runs,
// its exit code decides, its log is followed, a long one is stopped.
func TestOnRay(t *testing.T) {
	env := rayhead.Environment(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	auth := []string{"RAY_AUTH_MODE=token", "RAY_AUTH_TOKEN=0123456789abcdef0123456789abcdef"}
	head, err := rayhead.Start(env, auth, "--include-dashboard=true", "--dashboard-host=127.0.0.1", fmt.Sprintf("--dashboard-port=%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer head.Stop()
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c, err := rayjobs.Open(address, jobs.Options{Token: strings.TrimPrefix(auth[1], "RAY_AUTH_TOKEN=")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var version string
	for { // the dashboard comes after the client server
		if version, err = c.Version(ctx); err == nil {
			t.Log("Ray", version)
			break
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(200 * time.Millisecond):
		}
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./testdata/hello", "./testdata/driver")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	work := filepath.Join(dir, "work")
	os.Mkdir(work, 0o755)
	os.WriteFile(filepath.Join(work, "data.csv"), []byte("a\n"), 0o644)

	for code, want := range map[int]jobs.Status{0: jobs.Succeeded, 3: jobs.Failed} {
		entrypoint := fmt.Sprintf("%s %d 'a b'", filepath.Join(dir, "hello"), code)
		id, err := c.Submit(ctx, jobs.Submission{Entrypoint: entrypoint, WorkingDir: work,
			Metadata: map[string]string{"k": "v"}, RuntimeEnv: map[string]any{"env_vars": map[string]string{"A": "1"}}})
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		if err := c.Tail(ctx, id, &log); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"file data.csv\n", "address true\n", fmt.Sprintf("args [%d a b]\n", code)} {
			if !strings.Contains(log.String(), line) {
				t.Errorf("the log of %s lacks %q:\n%s", id, line, log.String())
			}
		}
		info, err := jobs.ClientOf(c).Wait(id)
		if err != nil || info.Status != want || info.ExitCode == nil || *info.ExitCode != code || info.Metadata["k"] != "v" || len(info.Metadata) != 1 || info.Entrypoint != entrypoint {
			t.Errorf("%s: %+v, %v; want %s with exit code %d", id, info, err, want, code)
		}
		if text, err := c.Logs(ctx, id); err != nil || !strings.Contains(text, "args") {
			t.Errorf("Logs: %q, %v", text, err)
		}
		if err := c.Delete(ctx, id); err != nil {
			t.Error(err)
		}
		if _, err := c.Info(ctx, id); !errors.Is(err, jobs.ErrNotFound) {
			t.Errorf("after Delete: %v", err)
		}
	}

	// A compiled program calls ray.Init() and is a driver of the cluster that it runs on.
	driver, err := c.Submit(ctx, jobs.Submission{Entrypoint: filepath.Join(dir, "driver") + " a",
		RuntimeEnv: map[string]any{"env_vars": map[string]string{"GORAY_PYTHON": filepath.Join(env, "bin", "python")}}})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := c.Tail(ctx, driver, &said); err != nil {
		t.Fatalf("%v; until then:\n%s", err, said.String())
	}
	if !strings.Contains(said.String(), "[0 1 4 9 16 25 36 49 64 81] <nil>\nnodes 1 args [a]\n") {
		t.Errorf("the driver said:\n%s", said.String())
	}

	id, err := c.Submit(ctx, jobs.Submission{Entrypoint: "echo started; sleep 1000", ID: "long"})
	if err != nil || id != "long" {
		t.Fatal(id, err)
	}
	if _, err := c.Submit(ctx, jobs.Submission{Entrypoint: "true", ID: "long"}); !errors.Is(err, jobs.ErrExists) {
		t.Errorf("a second job of this id: %v", err)
	}
	for { // its shell runs
		if text, _ := c.Logs(ctx, id); strings.Contains(text, "started") {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatal("the job did not start")
		case <-time.After(200 * time.Millisecond):
		}
	}
	if err := c.Delete(ctx, id); !errors.Is(err, jobs.ErrRunning) {
		t.Errorf("Delete of a running job: %v", err)
	}
	if stopped, err := c.Stop(ctx, id); err != nil || !stopped {
		t.Errorf("Stop: %v, %v", stopped, err)
	}
	if info, err := jobs.ClientOf(c).Wait(id); err != nil || info.Status != jobs.Stopped {
		t.Errorf("%+v, %v", info, err)
	}
	all, err := c.List(ctx)
	if err != nil || len(all) == 0 {
		t.Errorf("List: %v, %v", all, err)
	}
	nodes, err := c.Nodes(ctx)
	if err != nil || len(nodes) != 1 || !nodes[0].Alive || nodes[0].Resources["CPU"] == 0 {
		t.Errorf("Nodes: %+v, %v", nodes, err)
	}
	rows, err := c.State(ctx, "actors", rayjobs.Query{Filters: []rayjobs.Filter{{Key: "class_name", Predicate: "=", Value: "JobSupervisor"}}})
	if err != nil || rows.Total == 0 {
		t.Errorf("State: %+v, %v", rows, err)
	}

	if strings.HasPrefix(version, "2.9.") {
		return // this release knows no tokens
	}
	wrong, err := rayjobs.Open(address, jobs.Options{Token: "fedcba9876543210fedcba9876543210"})
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	if _, err := wrong.List(ctx); !errors.Is(err, rayjobs.ErrUnauthenticated) {
		t.Errorf("a wrong token: %v", err)
	}
}
