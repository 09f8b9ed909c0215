package rayworker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
	"github.com/goray/goray/runtime/internal/rayworker"
	"github.com/goray/goray/runtime/internal/worker"
)

func TestMain(m *testing.M) {
	if worker.IsWorker() {
		worker.Main(worker.Options{}) // never returns
	}
	if os.Getenv(envPrintBuild) != "" {
		fmt.Println(marshal.BuildHash())
		return
	}
	os.Exit(rayhead.Main(m))
}

// inCluster makes this process a driver of the head that the tests share.
func inCluster(ctx context.Context, cfg core.Config) (core.Backend, error) {
	cfg.LogToDriver = os.Getenv("GORAY_TEST_LOG") != ""
	return rayworker.Open(ctx, cfg)
}

// address is that of the head that the tests share; it needs the Python that has Ray.
func address(t *testing.T) string {
	t.Helper()
	root := rayhead.Environment(t)
	t.Setenv("GORAY_PYTHON", filepath.Join(root, "bin", "python"))
	t.Setenv("RAY_AUTH_MODE", "disabled")
	t.Setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
	if a := os.Getenv("GORAY_RAY_NODE"); a != "" {
		return rayworker.Scheme + "://" + a
	}
	h, err := rayhead.Shared(root)
	if err != nil {
		t.Fatal(err)
	}
	return nodeAddress(h)
}

func nodeAddress(h *rayhead.Head) string {
	return fmt.Sprintf("%s://127.0.0.1:%d", rayworker.Scheme, h.GCS)
}

// TestConformance runs the scenarios for backends through a driver inside the cluster.
func TestConformance(t *testing.T) {
	backendtest.Run(t, backendtest.Options{Open: inCluster, Address: address(t), Processes: true, Share: true, Patience: rayhead.Patience, Without: without})
}

// without are the scenarios that real Ray cannot pass, and why.
var without = map[string]string{
	"a running task is cancelled at its deadline":                             "a Ray worker may take longer to start than the 300 ms of the scenario",
	"a call of an actor has a deadline, and the next one goes on":             "a Ray worker may take longer to start than the 300 ms of the scenario",
	"a task that always kills its worker fails in the end":                    "Ray does not say by which signal a process ended",
	"an actor restarts with new state":                                        "Ray fails the calls behind the one that killed the actor, too, unless they may be repeated",
	"a group reserves all of its bundles, and its removal ends what is in it": "Ray retries tasks of a removed placement group, and lets them wait",
	"groups wait for each other, whole":                                       "Ray does not say what a placement group waits for",
	"a group is made and removed in a task":                                   "Ray does not explain a placement group, which the scenario asks for",
	"fractions share GPUs, wholes do not":                                     "a node of Ray has the GPUs that it was started with; the shared head has one",
	"an actor keeps its GPUs":                                                 "a node of Ray has the GPUs that it was started with; the shared head has one",
	"strategies with one node":                                                "Ray takes only ids of the form of its own for nodes, and no selector by a node's id",
	"what no node can run waits, and says why":                                "Ray does not say what a task waits for",
	"people are warned of what no node can run":                               "Ray's autoscaler warns in a log of its own",
	"explanations of what runs, has failed, or is an actor":                   "Ray does not explain",
	"ExitActor ends an actor after its call":                                  "Ray forgets the name of an actor a moment after its end, not at once",
	"Force spares the task that comes next":                                   "Ray starts another worker after each of forty forced cancellations, which takes minutes",
}
