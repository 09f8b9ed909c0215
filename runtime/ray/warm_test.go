package ray_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// envWarm names a pipe to which a worker writes when it is told to prepare itself.
const envWarm = "GORAY_TEST_WARM"

// Warm is called by idle workers.
func (*pieceCode) Warm() {
	if pipe := os.Getenv(envWarm); pipe != "" {
		_ = os.WriteFile(pipe, []byte("warm"), 0) // the test waits for it
	}
}

func TestIdleWorkersWarmUp(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	t.Setenv(envWarm, pipe)
	start(t, ray.Config{NumCPUs: 1})
	if b, err := os.ReadFile(pipe); err != nil || len(b) < 4 || string(b[:4]) != "warm" {
		t.Error(string(b), err)
	}
	check(t, ray.Remote[int](square).Remote(3), 9)
}
