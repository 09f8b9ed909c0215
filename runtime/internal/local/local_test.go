package local_test

import (
	"os"
	"testing"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/local"
	"github.com/goray/goray/runtime/internal/worker"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if worker.IsWorker() {
		if os.Getenv(envBroken) != "" {
			os.Exit(0)
		}
		worker.Main(worker.Options{})
	}
	if os.Getenv(envDriver) != "" {
		os.Stderr.WriteString(drive().Error() + "\n")
		os.Exit(1)
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

func TestConformance(t *testing.T) {
	backendtest.Run(t, backendtest.Options{Open: local.Open, Processes: true, Stores: true})
}
