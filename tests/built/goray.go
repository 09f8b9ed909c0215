package built

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Main is the TestMain of packages whose tests all run goray: it says where that is, and removes what it
// has built. It does not return.
func Main(m *testing.M, binary *string) {
	folder, err := os.MkdirTemp("", "goray")
	if err == nil {
		*binary, err = goray(folder)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(folder)
	os.Exit(code)
}

// Goray is the path of goray for one test.
func Goray(t testing.TB) string {
	t.Helper()
	path, err := goray(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// goray is the path of the binary, which is built into the folder unless somebody says where it is.
func goray(folder string) (path string, err error) {
	if path = os.Getenv("GORAY_BINARY"); path != "" {
		return path, nil
	}
	path = filepath.Join(folder, "goray")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/goray/goray")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}
