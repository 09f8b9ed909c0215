package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// running is the file that this process runs.
func running() (string, error) { return os.Readlink("/proc/self/exe") }

// onFar runs a function on the node far of a cluster.
func onFar(t *testing.T, address string) string {
	t.Helper()
	quiet := false
	if _, err := ray.Init(ray.Config{Address: address, LogToDriver: &quiet}); err != nil {
		t.Fatal(err)
	}
	defer ray.Shutdown()
	file, err := ray.Get(ray.Remote[string](running).Options(ray.Resource("far", 1)).Remote())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// On a node without a folder that can be written, the program lies in memory.
func TestProgramInMemory(t *testing.T) {
	client, _ := farNode(t, withRay(t), "GORAY_TEST_READ_ONLY=1")
	if file := onFar(t, client); !strings.HasPrefix(file, "/memfd:goray") {
		t.Errorf("the worker runs %s", file)
	}
}

// A node keeps programs up to a size; those that were not used for longest go.
func TestOldProgramsGo(t *testing.T) {
	python, cache := withRay(t), t.TempDir()
	old := func(name string, age time.Duration) string {
		file := filepath.Join(cache, name, "goray")
		if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, 400<<20); err != nil { // it takes no room on the disk
			t.Fatal(err)
		}
		used := time.Now().Add(-age)
		if err := os.Chtimes(file, used, used); err != nil {
			t.Fatal(err)
		}
		return file
	}
	oldest, older := old("oldest", 2*time.Hour), old("older", time.Hour)
	client, _ := farNode(t, python, "GORAY_RAY_CACHE="+cache, "GORAY_RAY_CACHE_BYTES=629145600") // 600 MiB
	file := onFar(t, client)
	if !strings.HasPrefix(file, cache) {
		t.Fatalf("the worker runs %s, not a program in %s", file, cache)
	}
	if _, err := os.Stat(oldest); err == nil {
		t.Error("the oldest program has stayed")
	}
	for _, kept := range []string{older, file} {
		if _, err := os.Stat(kept); err != nil {
			t.Error(err)
		}
	}
}
