package rayjobs_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/internal/rayjobs"
	"github.com/goray/goray/runtime/jobs"
)

func open(t *testing.T, d *dashboard, token string) *rayjobs.Client {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	for _, v := range []string{"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_AUTH_MODE"} {
		t.Setenv(v, "")
	}
	c, err := rayjobs.Open(d.URL, jobs.Options{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A program of this machine goes along, once, with its mode; the node finds it by its name.
func TestProgramTravels(t *testing.T) {
	defer goleak.VerifyNone(t)
	d := newDashboard(t)
	c := open(t, d, secret)
	defer d.Close()
	defer c.Close()
	t.Chdir(t.TempDir())
	os.WriteFile("train", []byte("#!/bin/sh\n"), 0o755)
	os.Mkdir("work", 0o755)
	os.WriteFile("work/data.csv", []byte("a\n"), 0o644)
	for range 2 {
		if _, err := c.Submit(context.Background(), jobs.Submission{Entrypoint: "./train -n 3 | tee log", WorkingDir: "work"}); err != nil {
			t.Fatal(err)
		}
	}
	if d.puts != 2 {
		t.Errorf("%d packages were sent; the program and the folder go once each", d.puts)
	}
	if got := d.last["entrypoint"].(string); !strings.HasSuffix(got, `export PATH="$PYTHONPATH:$PATH"; train -n 3 | tee log`) {
		t.Errorf("entrypoint %q", got)
	}
	env := d.last["runtime_env"].(map[string]any)
	if got := env["env_vars"].(map[string]any)["GORAY_ADDRESS"]; got != "raynode" {
		t.Errorf("ray.Init would join %v", got)
	}
	module := strings.TrimPrefix(env["py_modules"].([]any)[0].(string), "gcs://")
	if got := unzipped(t, d.packages[module]); got != "train -rwxr-xr-x \"#!/bin/sh\\n\"\n" {
		t.Errorf("the program's package holds %s", got)
	}
	folder := strings.TrimPrefix(env["working_dir"].(string), "gcs://")
	if got := unzipped(t, d.packages[folder]); got != "data.csv -rw-r--r-- \"a\\n\"\n" {
		t.Errorf("the folder's package holds %s", got)
	}
	// A change of the program is another package.
	os.WriteFile("train", []byte("#!/bin/bash\n"), 0o755)
	if _, err := c.Submit(context.Background(), jobs.Submission{Entrypoint: "./train"}); err != nil || d.puts != 3 {
		t.Errorf("%v, %d packages", err, d.puts)
	}
}

// What is no program of this machine is left to the node's shell.
func TestEntrypointsLeftAlone(t *testing.T) {
	d := newDashboard(t)
	c := open(t, d, secret)
	t.Chdir(t.TempDir())
	os.WriteFile("notes.txt", []byte("x"), 0o644)
	os.WriteFile("inside", []byte("x"), 0o755)
	for _, e := range []string{"python main.py", "./notes.txt", "./missing", "$HOME/x", "'./inside' a", "echo a; ./inside", "/bin/"} {
		if _, err := c.Submit(context.Background(), jobs.Submission{Entrypoint: e}); err != nil {
			t.Fatal(err)
		}
		if d.last["entrypoint"] != e || d.puts != 0 {
			t.Errorf("%q became %q, %d packages", e, d.last["entrypoint"], d.puts)
		}
	}
	// A program inside the working directory travels with it.
	if _, err := c.Submit(context.Background(), jobs.Submission{Entrypoint: "./inside", WorkingDir: "."}); err != nil || d.last["entrypoint"] != "./inside" {
		t.Errorf("%v: %q", err, d.last["entrypoint"])
	}
}

func TestErrors(t *testing.T) {
	d := newDashboard(t)
	c := open(t, d, secret)
	ctx := context.Background()
	if _, err := c.Info(ctx, "none"); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("Info: %v", err)
	}
	if err := c.Tail(ctx, "none", os.Stdout); !errors.Is(err, jobs.ErrNotFound) {
		t.Errorf("Tail: %v", err)
	}
	if _, err := c.Submit(ctx, jobs.Submission{}); err == nil {
		t.Error("an empty entrypoint was sent")
	}
	d.starting = 1 // it is asked again
	if _, err := c.Submit(ctx, jobs.Submission{Entrypoint: "x", ID: "mine"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Submit(ctx, jobs.Submission{Entrypoint: "x", ID: "mine"}); !errors.Is(err, jobs.ErrExists) {
		t.Errorf("a second job of this id: %v", err)
	}
	if err := c.Delete(ctx, "mine"); !errors.Is(err, jobs.ErrRunning) {
		t.Errorf("Delete: %v", err)
	}
	for token, want := range map[string]string{"": "none was found", "wrong": "refused the token"} {
		_, err := open(t, d, token).List(ctx)
		if !errors.Is(err, rayjobs.ErrUnauthenticated) || !strings.Contains(err.Error(), want) {
			t.Errorf("token %q: %v", token, err)
		}
	}
	for _, address := range []string{"localhost:8265", "http://", "ftp://x"} {
		if _, err := rayjobs.Open(address, jobs.Options{}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8265") {
			t.Errorf("%q: %v", address, err)
		}
	}
	d.Close()
	if _, err := c.Version(ctx); err == nil || !strings.Contains(err.Error(), "goray dashboard") {
		t.Errorf("nobody there: %v", err)
	}
}

// Frames of every length, a ping between them, and a normal end.
func TestTail(t *testing.T) {
	defer goleak.VerifyNone(t)
	d := newDashboard(t)
	c := open(t, d, secret)
	defer d.Close()
	defer c.Close()
	d.jobs["j"] = "RUNNING"
	long := strings.Repeat("x", 70000)
	d.frames = [][]byte{frame(1, "one\n"), frame(9, "?"), frame(1, strings.Repeat("y", 300)), frame(1, long), frame(8, "\x03\xe8")}
	var out strings.Builder
	if err := c.Tail(context.Background(), "j", &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "one\n"+strings.Repeat("y", 300)+long {
		t.Errorf("got %d bytes", out.Len())
	}
	d.frames = [][]byte{frame(1, "one\n"), frame(8, "\x03\xf3broken")}
	if err := c.Tail(context.Background(), "j", &out); err == nil || !strings.Contains(err.Error(), "1011: broken") {
		t.Errorf("a server that failed: %v", err)
	}
	// A tail that nobody ends is ended by its context.
	d.frames = [][]byte{frame(1, "one\n")}
	ctx, cancel := context.WithCancel(context.Background())
	err := c.Tail(ctx, "j", writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Addresses of http are those of this package, for programs that use runtime/jobs.
func TestRegistered(t *testing.T) {
	d := newDashboard(t)
	t.Setenv("RAY_AUTH_TOKEN", secret)
	client, err := jobs.NewClient(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.Submit(jobs.Submission{Entrypoint: "true", ID: "a/b"})
	if err != nil || id != "a/b" {
		t.Error(id, err)
	}
	if status, err := client.Status(id); err != nil || status != jobs.Running {
		t.Error(status, err)
	}
}
