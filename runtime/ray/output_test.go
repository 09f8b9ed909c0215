package ray_test

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// printed returns what a session prints on standard output.
func printed(t *testing.T, cfg ray.Config, session func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	if _, err := ray.Init(cfg); err != nil {
		t.Fatal(err)
	}
	session()
	ray.Shutdown() // waits for the last line
	w.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	return string(b)
}

func TestOutputOfWorkers(t *testing.T) {
	var pid int
	got := printed(t, ray.Config{NumCPUs: 1}, func() {
		var err error
		if pid, err = ray.Get(ray.Remote[int](hello).Remote("gopher")); err != nil {
			t.Fatal(err)
		}
	})
	if want := "(ray_test.hello pid=" + itoa(pid) + ") hello gopher\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	off := false
	if got := printed(t, ray.Config{NumCPUs: 1, LogToDriver: &off}, func() {
		check(t, ray.Remote[int](square).Remote(1), 1)
		if _, err := ray.Get(ray.Remote[int](hello).Remote("gopher")); err != nil {
			t.Error(err)
		}
	}); got != "" {
		t.Errorf("with LogToDriver off: %q", got)
	}
}

func TestRepeatedLines(t *testing.T) {
	got := printed(t, ray.Config{NumCPUs: 2}, func() {
		var refs []ray.ObjectRef[int]
		for range 20 {
			refs = append(refs, ray.Remote[int](hello).Remote("gopher"))
		}
		if _, err := ray.GetAll(refs); err != nil {
			t.Error(err)
		}
	})
	lines := regexp.MustCompile(`\(ray_test.hello pid=\d+\) `).ReplaceAllString(got, "")
	if lines != "hello gopher\nhello gopher [repeated 19×]\n" {
		t.Error(strings.TrimSpace(got))
	}
}
