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
	backendtest.Run(t, backendtest.Options{Open: open, Address: "ray://" + address, Processes: true, Share: true, Foreign: true, Patience: 2 * rayhead.Patience, Without: without})
}

// without are the scenarios that real Ray cannot pass, and why.
var without = map[string]string{
	"groups wait for each other, whole":                     "Ray does not say what a placement group waits for",
	"fractions share GPUs, wholes do not":                   "a node of Ray has the GPUs that it was started with; the shared head has one",
	"an actor keeps its GPUs":                               "a node of Ray has the GPUs that it was started with; the shared head has one",
	"what no node can run waits, and says why":              "Ray does not say what a task waits for",
	"people are warned of what no node can run":             "Ray's autoscaler warns in the log of its own",
	"explanations of what runs, has failed, or is an actor": "Ray does not explain",
	"ExitActor ends an actor after its call":                "Ray forgets the name of an actor a moment after its end, not at once",
	"an actor restarts with new state":                      "Ray fails the calls that an actor had been sent before it died; MaxTaskRetries repeats them",
	"Force spares the task that comes next":                 "Ray starts another worker after each of forty forced cancellations, which takes minutes",
	"a group is made and removed in a task":                 "Ray does not explain a placement group, which the scenario asks for",
}
