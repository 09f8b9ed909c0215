package ray_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
	"go.uber.org/goleak"
)

// TestMain lets workers take over: they are this test binary, started again.
func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{Code: &pieces, Trace: traceOfPieces})
	}
	if os.Getenv(envHead) != "" {
		serveHead()
	}
	if os.Getenv(envJoined) != "" {
		driveJoined()
	}
	if os.Getenv(envDriver) != "" {
		drive()
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// both runs a test on both backends that this package brings.
func both(t *testing.T, test func(t *testing.T)) {
	for _, c := range []struct {
		name string
		cfg  ray.Config
	}{{"embedded", ray.Config{}}, {"in process", ray.Config{InProcess: true}}} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.NumCPUs = 2
			start(t, c.cfg)
			test(t)
		})
	}
}

func start(t testing.TB, cfg ray.Config) *ray.Context {
	t.Helper()
	c, err := ray.Init(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ray.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return c
}
