package rayworker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

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

// environment is what a driver inside a cluster of the tests needs: the Python that has Ray, and
// that of the head.
func environment(t testing.TB) (root string) {
	t.Helper()
	root = rayhead.Environment(t)
	t.Setenv("GORAY_PYTHON", filepath.Join(root, "bin", "python"))
	t.Setenv("RAY_AUTH_MODE", "disabled")
	t.Setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
	return root
}

// address is that of the head that the tests share.
func address(t testing.TB) string {
	t.Helper()
	root := environment(t)
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

// inside are the sessions of the scenarios.
var inside = rayhead.Suite{Open: inCluster, Address: nodeAddress}

// TestConformance runs the scenarios through a driver inside a cluster with one node.
func TestConformance(t *testing.T) {
	environment(t)
	inside.OneNode(t)
}

// TestThreeNodes runs them on a cluster with three, and those in which nodes come and are killed.
func TestThreeNodes(t *testing.T) {
	environment(t)
	inside.ThreeNodes(t)
}

// TestLostNodesOnRay is the core of TestThreeNodes.
func TestLostNodesOnRay(t *testing.T) {
	environment(t)
	inside.LostNodes(t)
}
