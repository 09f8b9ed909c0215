package worker

import (
	"fmt"
	"os"

	"github.com/goray/goray/runtime/internal/core"
)

// Options are what the binary knows besides its own functions.
type Options struct {
	Code  core.Code
	Trace func(recovered any) []core.Frame
}

// IsWorker reports whether this process was started as a worker.
func IsWorker() bool { return os.Getenv(core.EnvWorker) != "" }

// Main is the life of a worker process; it does not return.
func Main(o Options) {
	fmt.Fprintln(os.Stderr, "ray: worker processes are not available in this build; use ray.Config{InProcess: true}")
	os.Exit(1)
}
