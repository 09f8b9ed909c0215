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

var suite = rayhead.Suite{Open: open, Address: func(h *rayhead.Head) string { return "ray://" + h.Address }, Without: without}

// TestConformance runs the scenarios on a cluster with one node.
func TestConformance(t *testing.T) { suite.OneNode(t) }

// TestThreeNodes runs them on a cluster with three, and those in which nodes come and are killed.
func TestThreeNodes(t *testing.T) { suite.ThreeNodes(t) }

// without are the scenarios that real Ray cannot pass, and why.
var without = map[string]map[string]string{"": {
	"what no node can run waits, and says why":                          "Ray does not say what a task waits for",
	"people are warned of what no node can run":                         "Ray's autoscaler warns in the log of its own",
	"explanations of what runs, has failed, or is an actor":             "Ray does not explain",
	"an object is copied to a node once":                                "Ray does not count what it copies",
	"the driver's node stays, and others are told by name":              "Ray's nodes are not a driver's to remove",
	"a drained node ends when its work is done, and leaves its objects": "Ray's nodes are not a driver's to remove",
	"nodes with little memory come and go under fire":                   "Ray's smallest store, 75 MiB, is larger than those of the scenario",
	"groups under fire keep their promises":                             "Ray tries tasks of removed groups again without end where their node dies, too",
}, "2.9.": {
	"a running call can be cancelled":                              "Ray 2.9.3 does not cancel a running call of an actor that is not asynchronous",
	"calls of a concurrency group do not wait for those of others": "the scenario cancels running calls of an actor, which Ray 2.9.3 does not",
	"a task that waits at its deadline never starts":               "Ray 2.9.3 cancels a task that waits for its arguments when they are there",
}}
