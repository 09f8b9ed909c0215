package rayclient_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
	"github.com/goray/goray/runtime/internal/worker"
)

func TestMain(m *testing.M) {
	if worker.IsWorker() {
		worker.Main(worker.Options{}) // never returns
	}
	if address := os.Getenv(envDriver); address != "" {
		if err := drive(address, os.Getenv(envMarks)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1) // it is there to be killed
	}
	os.Exit(rayhead.Main(m))
}

// open connects as ray.Init does, without showing what workers print.
func open(ctx context.Context, cfg core.Config) (core.Backend, error) {
	cfg.LogToDriver = false
	return rayclient.Open(ctx, cfg)
}

var suite = rayhead.Suite{Open: open, Address: func(h *rayhead.Head) string { return "ray://" + h.Address }}

// TestConformance runs the scenarios on a cluster with one node.
func TestConformance(t *testing.T) { suite.OneNode(t) }

// TestThreeNodes runs them on a cluster with three, and those in which nodes come and are killed.
func TestThreeNodes(t *testing.T) { suite.ThreeNodes(t) }
