package realray_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// seen is what a task sees of its environment.
type seen struct{ Job, Own, File string }

func look() seen {
	text, err := os.ReadFile("settings.txt")
	if err != nil {
		text = []byte("no file")
	}
	return seen{os.Getenv("GORAY_TEST_JOB"), os.Getenv("GORAY_TEST_OWN"), string(text)}
}

// lookBelow asks a task of its own.
func lookBelow(ctx context.Context) (seen, error) {
	return ray.GetContext(ctx, ray.Remote[seen](look).Remote())
}

// lookIn asks a task in an environment that is made on the node.
func lookIn(ctx context.Context, dir string) (seen, error) {
	if err := os.WriteFile(filepath.Join(dir, "settings.txt"), []byte("from a node"), 0o600); err != nil {
		return seen{}, err
	}
	f := ray.Remote[seen](look).Options(ray.InRuntimeEnv(ray.RuntimeEnv{WorkingDir: dir, EnvVars: map[string]string{"GORAY_TEST_OWN": "nested"}}))
	return ray.GetContext(ctx, f.Remote())
}

type looker struct{}

func newLooker() *looker     { return &looker{} }
func (l *looker) Look() seen { return look() }

// TestRuntimeEnvOnRay gives a job, tasks and actors environments of their own.
func TestRuntimeEnvOnRay(t *testing.T) { bothWays(t, runtimeEnv) }

func runtimeEnv(t *testing.T, address string) {
	dir, quiet := t.TempDir(), false
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("settings.txt", "one")
	write("goray_env_case.py", "import os\ndef look(): return [os.environ.get('GORAY_TEST_JOB', ''), os.environ.get('GORAY_TEST_OWN', ''), open('settings.txt').read()]\n")
	job := ray.RuntimeEnv{EnvVars: map[string]string{"GORAY_TEST_JOB": "yes"}, WorkingDir: dir}
	ctx := connectWith(t, ray.Config{Address: address, LogToDriver: &quiet, RuntimeEnv: &job})
	want := func(what string, got, want seen) {
		t.Helper()
		if got != want {
			t.Errorf("%s sees %+v, want %+v", what, got, want)
		}
	}
	want("a task", get(t, ctx, ray.Remote[seen](look).Remote()), seen{"yes", "", "one"})
	if got := get(t, ctx, ray.Python[[]string]("goray_env_case", "look").Remote()); strings.Join(got, " ") != "yes  one" {
		t.Errorf("a Python task sees %q", got)
	}
	own := ray.InRuntimeEnv(ray.RuntimeEnv{EnvVars: map[string]string{"GORAY_TEST_OWN": "mine"}})
	want("a task with a variable", get(t, ctx, ray.Remote[seen](look).Options(own).Remote()), seen{"yes", "mine", "one"})
	want("what it submits", get(t, ctx, ray.Remote[seen](lookBelow).Options(own).Remote()), seen{"yes", "mine", "one"})
	if got := get(t, ctx, ray.Python[[]string]("goray_env_case", "look").Options(own).Remote()); strings.Join(got, " ") != "yes mine one" {
		t.Errorf("a Python task sees %q", got)
	}
	a := ray.Actor[looker](newLooker).Options(own).Remote()
	want("an actor", get(t, ctx, ray.Call[seen](a, (*looker).Look)), seen{"yes", "mine", "one"})

	write("settings.txt", "two") // a new environment has what is there now
	again := ray.InRuntimeEnv(ray.RuntimeEnv{WorkingDir: dir})
	want("a task after the change", get(t, ctx, ray.Remote[seen](look).Options(again).Remote()), seen{"yes", "", "two"})
	want("a task of before", get(t, ctx, ray.Remote[seen](look).Remote()), seen{"yes", "", "one"})
	want("a task of a task", get(t, ctx, ray.Remote[seen](lookIn).Remote(t.TempDir())), seen{"yes", "nested", "from a node"})

	_, err := ray.GetContext(ctx, ray.Remote[seen](look).Options(ray.InRuntimeEnv(ray.RuntimeEnv{WorkingDir: filepath.Join(dir, "absent")})).Remote())
	if !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("a directory that is not there: %v", err)
	}
}
