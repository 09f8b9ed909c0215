package workers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	// In a worker process Init does not return.
	if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := ray.Shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// testFile finds a file of the shared test data, or skips the test.
func testFile(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("GORAY_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data %s is not there; set GORAY_TEST_DATA to its folder", path)
	}
	return path
}
