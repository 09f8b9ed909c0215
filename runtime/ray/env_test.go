package ray_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// place is what a task sees of its environment.
func place(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if file == "" {
		err = nil
	}
	return []string{os.Getenv("GORAY_TEST_PLACE"), strings.TrimSpace(string(text)), fmt.Sprint(os.Getpid())}, err
}

// around is place of a task that it submits.
func around(file string) ([]string, error) {
	return ray.Get(ray.Remote[[]string](place).Remote(file))
}

// Home is an actor.
type Home struct{ place string }

func NewHome() *Home            { return &Home{os.Getenv("GORAY_TEST_PLACE")} }
func (h *Home) Where() []string { return []string{h.place, os.Getenv("GORAY_TEST_PLACE")} }

func variable() string { return os.Getenv("GREETING") }

// ExampleInRuntimeEnv: a task in a process with another environment.
func ExampleInRuntimeEnv() {
	ray.Init(ray.Config{NumCPUs: 1})
	defer ray.Shutdown()
	f := ray.Remote[string](variable)
	fmt.Printf("%q\n", ray.Must(ray.Get(f.Remote())))
	f = f.Options(ray.InRuntimeEnv(ray.RuntimeEnv{EnvVars: map[string]string{"GREETING": "hello"}}))
	fmt.Printf("%q\n", ray.Must(ray.Get(f.Remote())))
	// Output:
	// ""
	// "hello"
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRuntimeEnv(t *testing.T) {
	c := start(t, ray.Config{NumCPUs: 1, RuntimeEnv: &ray.RuntimeEnv{EnvVars: map[string]string{"GORAY_TEST_PLACE": "job"}}})
	dir := t.TempDir()
	write(t, dir, map[string]string{"data.txt": "first", "sub/same.txt": "same", "secret.log": "x", ".gitignore": "*.log\n"})
	in := func(name string) ray.Option {
		return ray.InRuntimeEnv(ray.RuntimeEnv{EnvVars: map[string]string{"GORAY_TEST_PLACE": name}, WorkingDir: dir})
	}
	see := func(f any, file string, opts ...ray.Option) []string {
		t.Helper()
		got, err := ray.Get(ray.Remote[[]string](f).Options(opts...).Remote(file))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	job := see(place, "")
	if job[0] != "job" {
		t.Errorf("a task of the job sees %q", job)
	}
	own := see(place, "data.txt", in("own"))
	if !slices.Equal(own[:2], []string{"own", "first"}) {
		t.Errorf("a task of its own environment sees %q", own)
	}
	// Equal environments share their worker, and different ones do not.
	if again := see(place, "data.txt", in("own")); again[2] != own[2] || own[2] == job[2] {
		t.Errorf("the workers are %s and %s, and the job's is %s", own[2], again[2], job[2])
	}
	if inner := see(around, "data.txt", in("outer")); !slices.Equal(inner[:2], []string{"outer", "first"}) {
		t.Errorf("a task within another one sees %q", inner)
	}
	home := ray.Actor[Home](NewHome).Options(in("home")).Remote()
	if got, err := ray.Get(ray.Call[[]string](home, (*Home).Where)); err != nil || !slices.Equal(got, []string{"home", "home"}) {
		t.Errorf("an actor sees %q, %v", got, err)
	}
	if _, err := ray.Get(ray.Remote[[]string](place).Options(in("own")).Remote("secret.log")); !errors.Is(err, os.ErrNotExist) && !strings.Contains(fmt.Sprint(err), "no such file") {
		t.Errorf("what .gitignore names: %v", err)
	}
	files := func() (names []string) {
		entries, err := os.ReadDir(filepath.Join(c.SessionDir, "runtime_env", "files"))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	before := files()
	write(t, dir, map[string]string{"data.txt": "second"})
	if got := see(place, "data.txt", in("own")); got[1] != "second" || got[2] == own[2] {
		t.Errorf("after a change a task sees %q", got)
	}
	if after := files(); len(after) != len(before)+1 {
		t.Errorf("one file changed, and %d were copied", len(after)-len(before))
	}
	// Many environments do not leave many workers behind, and the default ones are still there.
	for i := range 8 {
		see(place, "", ray.InRuntimeEnv(ray.RuntimeEnv{EnvVars: map[string]string{"N": fmt.Sprint(i)}}))
	}
	if list, err := ray.ListWorkers(); err != nil || list.Total > 10 {
		t.Errorf("%v, %v: too many workers", list, err)
	}
}

func TestBadRuntimeEnv(t *testing.T) {
	both(t, func(t *testing.T) {
		f := ray.Remote[string](variable)
		for want, env := range map[string]ray.RuntimeEnv{
			"is no name":                 {EnvVars: map[string]string{"A=B": "c"}},
			"/nowhere: it is not a dire": {WorkingDir: "/nowhere"},
		} {
			if err := failed(f.Options(ray.InRuntimeEnv(env)).Remote()); !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v; want %q", err, want)
			}
		}
	})
	start(t, ray.Config{InProcess: true})
	if err := failed(ray.Remote[string](variable).Options(ray.InRuntimeEnv(ray.RuntimeEnv{EnvVars: map[string]string{"A": "b"}})).Remote()); !errors.Is(err, ray.ErrInvalidCall) {
		t.Errorf("in process: %v", err)
	}
}
