package ailibtest

import (
	"os"
	"path/filepath"
	"testing"
)

// File returns the path of a file of the test data: below GORAY_TEST_DATA, or below shared/data
// beside the module. It skips the test where the file is absent, and names it.
func File(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("GORAY_TEST_DATA")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data %s is absent; set GORAY_TEST_DATA to its folder", path)
	}
	return path
}

// moduleRoot is the folder with go.mod above the package that is tested.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("there is no go.mod above the tested package")
		}
		dir = up
	}
}
