package tune_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/tune"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		_ = ray.Shutdown()
		os.Exit(code)
	}))
}

// quiet runs below a directory of the test and shows nothing.
func quiet(t *testing.T) train.RunConfig {
	return train.RunConfig{Name: "run", StoragePath: t.TempDir(), Verbose: train.Quiet}
}

func fit(t *testing.T, tuner tune.Tuner) *tune.ResultGrid {
	t.Helper()
	tuner.Run = quiet(t)
	g, err := tuner.Fit()
	if err != nil {
		t.Fatal(err)
	}
	return g
}
