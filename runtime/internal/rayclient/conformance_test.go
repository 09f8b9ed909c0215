package rayclient_test

import (
	"context"
	"os"
	"testing"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
	"github.com/goray/goray/runtime/internal/worker"
)

func TestMain(m *testing.M) {
	if worker.IsWorker() {
		worker.Main(worker.Options{}) // never returns
	}
	os.Exit(rayhead.Main(m))
}

// open connects as ray.Init does, without showing what workers print.
func open(ctx context.Context, cfg core.Config) (core.Backend, error) {
	cfg.LogToDriver = false
	return rayclient.Open(ctx, cfg)
}

// TestConformance runs the scenarios that a cluster with one node of 4 CPUs can pass.
func TestConformance(t *testing.T) {
	address := rayhead.Address(t)
	backendtest.Run(t, backendtest.Options{Open: open, Address: "ray://" + address, Processes: true, Share: true, Patience: rayhead.Patience, Without: without})
}

// without are the scenarios that real Ray cannot pass, and why.
var without = map[string]string{}
